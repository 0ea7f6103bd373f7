"""The desk's own words: station states, outcomes, doubts about visits, verdicts on cells. English keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from layers.words.language import Language, mark
from layers.words.work_wording import REFUSAL

# In the order of the legend; the last is no state of a visit but of the registry.
STATE: Final[Mapping[str, str]] = {
    "finding": mark("visited, with a finding"),
    "visited": mark("visited, nothing reported"),
    "denied": mark("access denied"),
    "closed": mark("found closed"),
    "unreachable": mark("not reached"),
    "planned": mark("planned, not yet visited"),
    "not_planned": mark("not planned"),
    "off_map": mark("not on the map"),
}
OUTCOME: Final[Mapping[str, str]] = {
    "observed": mark("observed"),
    "denied": mark("access denied"),
    "closed": mark("found closed"),
    "unreachable": mark("not reached"),
}
OVERALL_WORD: Final[Mapping[str, str]] = {
    "very_good": mark("very good"),
    "good": mark("good"),
    "bad": mark("bad"),
    "very_bad": mark("very bad"),
}
VERIFICATION: Final[Mapping[str, str]] = {
    "unverified": mark("unverified"),
    "verified": mark("verified"),
    "withdrawn": mark("withdrawn"),
}
PRECISION: Final[Mapping[str, str]] = {
    "point": mark("exact place"),
    "settlement": mark("place known to the town only"),
    "area": mark("place known to the area only"),
    "none": mark("place not known"),
}
SUSPICION: Final[Mapping[str, str]] = {
    "too_short": mark("too short"),
    "too_fast": mark("impossible speed"),
    "far_from_station": mark("far from the station"),
    "identical_forms": mark("identical forms"),
    "left_before_arrival": mark("left before arrival"),
}
SUSPICION_SAYS: Final[Mapping[str, str]] = {
    "too_short": mark("{value} minutes at the station; {least} are the least such a visit takes."),
    "too_fast": mark("{value} km/h in a straight line from {other}; above {limit} no road allows."),
    "far_from_station": mark(
        "The form was sent {value} km from the station; more than {far} km is another place."
    ),
    "identical_forms": mark("{value} forms of this team are the same to the letter."),
    "left_before_arrival": mark("Left before arriving: one of the two times is wrong."),
}
# Where a share lies beside what chance alone would give: the funnel's limits.
CHANCE: Final[Mapping[str, str]] = {
    "high_998": mark("Higher than chance alone explains (99.8 %)"),
    "high_95": mark("Higher than chance alone would usually give (95 %)"),
    "within": mark("Within what chance alone would give"),
    "low_95": mark("Lower than chance alone would usually give (95 %)"),
    "low_998": mark("Lower than chance alone explains (99.8 %)"),
    "": "",
}
ABSENCE: Final[Mapping[str, str]] = {
    "no_visits": mark("No visit has asked about these findings yet."),
    "no_denominators": mark("The list of stations is not complete, so shares and gaps cannot be computed."),
    "no_plan": mark("The mission has no plan of visits, so there is no gap."),
    "no_assessments": mark("No visit carries an overall assessment yet."),
}
# How the interval beside a rate is to be read, by how stations were chosen.
INTERVAL: Final[Mapping[str, str]] = {
    "purposive": mark("95 % range if visits were like a random draw; they were not"),
    "mixed": mark("95 % range if all visits were like a random draw; some were not"),
    "probability": mark("95 % range, team clustering included"),
    "census": mark("95 % range, as if more visits were to come"),
}


NO_VISIT_KNOWN: Final = mark(
    "The source lists findings only: where observers were is not known, and no share can be computed."
)


def browser_words(language: Language) -> dict[str, str | dict[str, str]]:
    """Return every sentence the desk's scripts put together; {names} are filled in the browser."""
    return {name: language.say(text) for name, text in _SENTENCES.items()} | _forms(language)


def _forms(language: Language) -> dict[str, dict[str, str]]:
    forms = language.forms
    return {
        "stations": forms("{n} station", "{n} stations"),
        "belowShare": forms("{n} station below its share", "{n} stations below its share"),
        "results": forms("{n} result", "{n} results"),
        "overdueOf": forms("{n} visit overdue", "{n} visits overdue"),
        "votersOf": forms("{n} voter", "{n} voters"),
    }


_SENTENCES: Final[Mapping[str, str]] = {
    "scanAsk": mark(
        "Where do stations with a finding lie closer together than chance would put them? Thousands of "
        "circles around visited stations are compared with random maps."
    ),
    "scanRunning": mark("Searching …"),
    "scanProgress": mark("Searching: {percent} done."),
    "scanWaits": mark("The search waits for another one to end."),
    "scanBusy": mark("Too many searches are underway. Try again in a minute."),
    "scanBroke": mark("The search broke off. Try it again."),
    "scanFound": mark("Clusters found: {n}."),
    "fewTeams": mark("One or two teams stand behind it: a strict team and a bad place cannot be told apart."),
    "notObserved": mark("not observed"),
    "notReported": mark("visits not reported"),
    "insufficient": mark("fewer than {visits} visits or {teams} teams"),
    "fewVisits": mark("fewer than {visits} visits"),  # where no visit names its team
    "merged": mark("told together with a neighbour"),
    "not_known": mark("not known whether observed"),
    "of": mark("{k} of {n}"),
    "ofShare": mark("{k} of {n} · {percent}"),
    "stationsVisited": mark("stations visited"),
    "withFinding": mark("visits with a finding"),
    "plannedDone": mark("planned and visited"),
    "votersAt": mark("registered voters at visited stations"),
    "noVisit": mark("denied {denied} · closed {closed} · not reached {unreachable}"),
    "lastVisit": mark("{newest} ago; half within {median}"),
    "freshness": mark("half of the visited stations were seen within {median}, nine in ten within {p90}"),
    "sumOnly": mark("known as a sum only, not by station"),
    "sumsSay": mark("Visits are known as sums only, not by station: no share of an area can be computed."),
    "timesUnknown": mark("the times of visits are not known"),
    "notKnown": mark("not known"),
    "visitedHere": mark("visited; of how many stations is not known"),
    "ageAtEnd": mark("from the last visit to the end of the day, median"),
    "ageMedian": mark("since the last visit, median"),
    "hours": mark("{h} h {m} min"),
    "wholeHours": mark("{h} h"),
    "minutesShort": mark("{m} min"),
    "teamsHere": mark("teams here"),
    "apart": mark("findings reported without a visit"),
    "alike": mark("about the same everywhere: {low} to {high}"),
    "wholeDay": mark("whole day"),
    "dayOnly": mark("Always of the whole day: the time range does not change it."),
    "inRange": mark("visits: {n}"),
    "untimed": mark("{n} without a time are left out of a range"),
    "noInterval": mark("No 95 % range for a part of the day."),
    "play": mark("Play the day"),
    "pause": mark("Pause"),
    "from": mark("From"),
    "to": mark("To"),
    "dataTo": mark("Data to {time}."),
    "verifiedOnly": mark("Verified only."),
    "unverifiedToo": mark("Unverified included."),
    "categoryOnly": mark("Counted: “{category}” only."),
    "severityFrom": mark("Findings from severity “{severity}” on."),
    "stageOnly": mark("Stage: {stage}."),
    "range": mark("Visits from {from} to {to}, local time."),
    "noGaps": mark("No area is short of its share of the plan."),
    "gapTakes": mark("about {hours} at stations, {each} min each"),
    "gapTeam": mark("nearest: {team}, about {drive} by road from its last station"),
    "gapBase": mark("nearest: {team}, about {drive} by road from its base"),
    "gapNoTeam": mark("no team’s position is known"),
    "gapClusters": mark("Largest places nobody saw:"),
    "gapEstimate": mark("Driving is an estimate: straight line × 1.3; 30, 60 and 75 km/h."),
    "gapBasisVoters": mark("Fair share of {planned} planned visits, by registered voters."),
    "gapBasisStations": mark("Fair share of {planned} planned visits, by stations."),
    "team": mark("Team"),
    "findTeam": mark("Find a team"),
    "noTeams": mark("This mission has no teams."),
    "lastSeen": mark("last seen {time} at {station}"),
    "neverSeen": mark("no visit so far; shown at its base"),
    "nextStop": mark("next stop"),
    "whereNext": mark("Where next?"),
    "gapsNear": mark("Gaps near this team"),
    "gapsNearTeam": mark("Nearest to {team} first."),
    "gapsAll": mark("Largest gaps first"),
    "kmAway": mark("{km} km away in a straight line"),
    "openInMaps": mark("Open in a map application"),
    "silentFor": mark("silent for {time}"),
    "allAreas": mark("All areas"),
    "noOverdue": mark("Nobody is overdue."),
    "overdueSays": mark("Planned, not reported, more than {grace} minutes past due. Times are local."),
    "lastContact": mark("last contact {time}, {ago} ago"),
    "neverContact": mark("no contact so far"),
    "nextDue": mark("next due {time}"),
    "noneDue": mark("nothing more due"),
    "due": mark("due {time}"),
    "late": mark("{ago} late"),
    "noDoubts": mark("No visit looks impossible."),
    "doubtsSays": mark("For a person to look at. Nothing is taken out of any figure by this."),
    "offMapSays": mark("Counted in their area, drawn nowhere: their place is not known well enough."),
    "showing": mark("Showing {x} of {y}."),
    "squares": mark("Squares at every zoom"),
    "stationsFar": mark("Stations at every zoom"),
    "squaresSay": mark(
        "Squares: visits with a finding, of visits that asked; grey: fewer than {visits} visits; "
        "dots: not observed."
    ),
    "zoomForStations": mark("Zoom in for single stations."),
    "close": mark("Close"),
    "zoomIn": mark("Zoom in"),
    "zoomOut": mark("Zoom out"),
    "whole": mark("Show everything"),
    "copied": mark("Link copied"),
    "copyFailed": mark("The address bar holds the link."),
    "dark": mark("Dark"),
    "light": mark("Light"),
    "noConnection": mark("No connection since {time}. These are the figures of {figures}."),
    "refused": mark("This choice could not be loaded; the page shows the one before."),
    "retry": mark("Try again"),
    "lineLost": mark("The line is down. Nothing was sent; try again."),
    "notYours": REFUSAL["role"],
    "connected": mark("The connection is back."),
    "renewed": mark("New reports: the figures are now of {time}."),
    "loading": mark("Loading …"),
    "noResult": mark("Nothing found."),
    "place": mark("place"),
    "formerly": mark("formerly {name}"),
    "voters": mark("registered voters"),
    "plan": mark("Plan"),
    "noPlan": mark("Not in the plan."),
    "visitsTitle": mark("Visits"),
    "noVisits": mark("No visit reported."),
    "findingsApart": mark("Reported without a visit"),
    "nothingReported": mark("nothing reported"),
    "arrivedLeft": mark("{arrived}–{left}"),
    "received": mark("report received {time}"),
    "asked": mark("kinds of finding asked about: {n}"),
    "replaced": mark("replaced or withdrawn: not counted"),
    "overall": mark("overall: {word}"),
    "answers": mark("Answers"),
    "showMap": mark("Show on the map"),
    "area": mark("Area"),
    "district": mark("District"),
    "cell": mark("Cell"),
    "station": mark("Station"),
    "state": mark("State"),
    "time": mark("Time"),
    "severity": mark("Severity"),
    "rate": mark("With a finding"),
    "interval": mark("95 % range"),
    "newest": mark("Newest visit"),
    "tableUnits": mark("What the map shows, as a table"),
    "tableStations": mark("Stations in the picture"),
}
