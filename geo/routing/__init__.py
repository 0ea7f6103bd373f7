"""From the map to the teams' day: what a coordinator asks, the plan of it, and what the plan gains."""
