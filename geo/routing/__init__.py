"""The teams' day, planned from the map: what a coordinator asks, the plan, and what the plan gains."""
