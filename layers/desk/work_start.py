"""What the tabs of work begin with: words, decisions, and what a form of a visit may say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from geo.journal.report_life import DECISIONS
from geo.model.snapshot import Snapshot
from geo.model.tables import STAGES
from layers.desk.inbox import shown_name
from layers.desk.start_page import titled
from layers.desk.work_payloads import WorkStart
from layers.words.desk_wording import OUTCOME, OVERALL_WORD
from layers.words.language import Language
from layers.words.wording import STAGE
from layers.words.work_wording import DECIDE, FILTER, browser_words

MOST_TEAMS: Final = 2_000  # a browser suggests; how many more there are is said


def start(
    snapshot: Snapshot,
    language: Language,
    *,
    asks_name: bool,
    me: str,
    may: Collection[str],
    files: tuple[Collection[str], int, int],
) -> WorkStart:
    """Return words and choices; `may`: the decisions that whoever asks may make somewhere.

    `files`: endings of files of reports that are read, the most bytes of one, the most rows.
    """
    known = snapshot.categories
    return {
        "words": browser_words(language),
        "me": shown_name(me),
        "asksName": asks_name,
        "may": list(may),
        "filters": titled(FILTER, language),
        "decisions": [
            {"name": name, "title": language.say(title), "needs": DECISIONS[name].needs, "key": key}
            for name, (title, key) in DECIDE.items()
            if name in may
        ],
        "stages": [{"name": name, "title": language.say(STAGE[name])} for name in STAGES[:-1]],
        "outcomes": titled(OUTCOME, language),
        "overall": titled(OVERALL_WORD, language),
        "categories": [
            {"name": slug, "title": known.title(i, language.code) or slug}
            for i, slug in enumerate(known.category)
        ],
        "teams": list(snapshot.teams.team_id[:MOST_TEAMS]),
        "allTeams": len(snapshot.teams),
        "day": snapshot.mission.election_date.isoformat(),
        "endings": ",".join(files[0]),
        "largest": files[1],
        "mostRows": files[2],
    }
