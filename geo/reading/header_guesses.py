"""Which of our columns a source's header probably is, in English, Russian or Kazakh; a suggestion only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from geo.model.messages import Message, message
from geo.model.tables import BY_NAME, Table

LONGEST: Final = 80  # characters of a header that is guessed at; a longer one is a form's whole question
MOST_TITLE_ROWS: Final = 20  # among which a header is looked for
MOST_TO_COMPARE: Final = 200  # headers; letter-by-letter comparison is too slow for thousands

# What people call a column, most usual first; compared without case, spaces and punctuation.
_WORDS: Final = """
area_id: area, area code, region, region code, oblast, oblast code, district code, state code, регион, код
  региона, область, код области, район, аймақ, аймақ коды, облыс, облыс коды, аудан
level: admin level, adm level, уровень, деңгей
parent_id: parent, parent code, parent area, родитель, вышестоящий
number: station number, station no, station, ps number, ps no, psnum, polling station, polling station
  number, precinct, precinct number, station code, no, №, номер, номер участка, уик, номер уик, № участка,
  № уик, избирательный участок, участок, учаске нөмірі, учаске, сайлау учаскесі, нөмірі, нөмір
stream: list, voter list, sub station, booth, поток, список, ағын, тізім
station_id: polling station id, ps id, precinct id, station key, id участка, учаске id
name: station name, polling station name, place, venue, название, наименование, название участка, атауы,
  учаске атауы
name_en: name, english name, area name, region name, название англ, ағылшынша атауы
name_ru: russian name, название, название на русском, наименование, орысша атауы
name_kk: kazakh name, название на казахском, атауы, қазақша атауы
address: street, location address, адрес, адрес участка, мекенжай, мекенжайы
settlement: town, village, city, locality, municipality, населенный пункт, город, село, елді мекен, қала,
  ауыл
lon: longitude, long, lng, x, gps longitude, easting, долгота, бойлық
lat: latitude, y, gps latitude, northing, широта, ендік
precision: accuracy, geocoding precision, точность, дәлдік
voters: registered voters, electorate, electors, voters registered, registered, избиратели, число
  избирателей, количество избирателей, избирателей, сайлаушылар, сайлаушылар саны
status: station status, статус, состояние, мәртебе, мәртебесі, күйі
merged_into: merged with, joined to, объединен с, присоединен к, біріктірілген учаске
urban: urban rural, settlement type, город село, тип местности, қала ауыл
evoting: e voting, electronic voting, sailau, электронное голосование, электрондық дауыс беру
is_sampled: sampled, in sample, sample, выборка, в выборке, іріктеме
stratum: strata, страта, слой, қабат
visit_id: form id, form, uuid, submission id, instance id, id, observation id, id визита, визит, сапар id
team_id: team, observer team, team code, команда, группа, номер группы, код команды, топ, топ коды
stage: phase of the day, part of day, этап, стадия, кезең
arrived: arrival, arrival time, time of arrival, start, started, start time, прибытие, время прибытия,
  начало, келген уақыты, басталуы
left: departure, departure time, time of departure, end, ended, end time, отъезд, время отъезда, убытие,
  окончание, кеткен уақыты, аяқталуы
received: timestamp, submission time, submitted, received at, reported, получено, время получения, отметка
  времени, отправлено, алынған уақыты
outcome: result, visit result, visit outcome, результат, итог визита, нәтиже
verification: verified, validation status, status, проверка, статус проверки, тексеру
answered: questions answered, items asked, отвечено, жауап берілді
overall: overall assessment, assessment, rating, оценка, общая оценка, жалпы баға, баға
purpose: visit purpose, reason for visit, цель визита, цель посещения, сапар мақсаты
registered_voters: registered voters, voters on list, voters on the list, число избирателей в списке,
  тізімдегі сайлаушылар саны
voted: turnout, number voted, voters voted, ballots cast, проголосовало, число проголосовавших, дауыс берді,
  дауыс бергендер саны
supersedes: replaces, corrects, заменяет, исправляет, алмастырады
answers: form answers, responses, ответы, жауаптар
due: due time, deadline, планируемое время, срок, мерзімі
incident_id: incident, report id, finding id, id, uuid, id сообщения, id нарушения, оқиға id
category: violation, violation type, violations, type, incident type, finding, what happened, what did you
  see, категория, нарушение, тип нарушения, вид нарушения, санат, бұзушылық, бұзушылық түрі
severity: seriousness, priority, gravity, серьезность, тяжесть, важность, ауырлығы, маңыздылығы
occurred: time, incident time, date and time, occurred at, seen at, time of incident, время, время
  нарушения, дата и время, уақыты, болған уақыты
publication: publication status, published, публикация, жариялау
completeness: list completeness, полнота, толықтығы
same_mention_as: same as, повтор
place_as_written: place, place name, as written, место, орны
ambiguity: ambiguity note, примечание, ескерту
candidates: candidate stations, кандидаты
text: description, details, comment, comments, notes, remarks, narrative, описание, комментарий,
  подробности, примечания, сипаттама, түсініктеме
locator: source, page, reference, источник, страница, дереккөз, бет
title_en: title, english title, заголовок
title_ru: russian title, заголовок на русском
title_kk: kazakh title, тақырып
phase: stage, этап, кезең
theme: heading, group, тема, тақырып
observers: number of observers, people, наблюдатели, число наблюдателей, бақылаушылар, бақылаушылар саны
base_lon: base longitude, start longitude, долгота базы
base_lat: base latitude, start latitude, широта базы
shift_starts: shift start, duty from, начало смены, ауысым басы
shift_ends: shift end, duty to, конец смены, ауысым соңы
area_ids: areas, area of responsibility, aor, зона ответственности, жауапкершілік аймағы
last_contact: last seen, last sign of life, последняя связь, соңғы байланыс
measure: indicator, figure, показатель, көрсеткіш
value: count, number, total, значение, количество, мәні, саны
valid_from: from, since, действует с, бастап
valid_to: to, until, действует до, дейін
geometry: geom, wkt, the geom, shape, polygon, геометрия, шекара
note_id: note, slug
kind: type, тип, түрі
starts: start, from, начало, басталуы
ends: end, to, until, окончание, аяқталуы
"""
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    column: tuple(word.strip() for word in words.split(","))
    for column, _, words in (line.partition(":") for line in _WORDS.strip().replace("\n  ", " ").split("\n"))
}


def plain(header: str) -> str:
    """Return a header as it is compared: letters and digits only, words by single spaces.

    >>> plain("_GPS_latitude"), plain("№ УИК"), plain("StationNumber")
    ('gps latitude', '№ уик', 'station number')
    """
    spaced = (
        re.sub(r"\([^)]*\)|(?<=[a-zа-я])(?=[A-ZА-Я])", " ", header)
        .casefold()
        .replace("ё", "е")
        .replace("№", " № ")
    )
    return " ".join(re.sub(r"[^\w№]|_", " ", unicodedata.normalize("NFC", spaced)).split())


def suggest(headers: Iterable[str], table: Table) -> dict[str, str]:
    """Return our column → header for the headers of a file, the likeliest one for each, or none.

    Exact names first, then usual names in en, ru, kk, then names one or two letters off. A header is
    suggested once.
    """
    left = {header: plain(header) for header in headers if len(header) <= LONGEST}
    if not left:
        return {}
    rules = (_is_named, _is_called, _is_nearly) if len(left) <= MOST_TO_COMPARE else (_is_named, _is_called)
    header_of: dict[str, str] = {}
    for rule in rules:
        for column in table.names:
            if column in header_of:
                continue
            header = rule(column, left)
            if header is not None:
                header_of[column] = header
                del left[header]
    return header_of


def _is_named(column: str, left: Mapping[str, str]) -> str | None:
    return next((header for header, words in left.items() if words == plain(column)), None)


def _is_called(column: str, left: Mapping[str, str]) -> str | None:
    by_words = {words: header for header, words in reversed(list(left.items()))}
    return next((by_words[word] for word in _called(column) if word in by_words), None)


def _is_nearly(column: str, left: Mapping[str, str]) -> str | None:
    by_words = {words: header for header, words in reversed(list(left.items())) if len(words) >= 5}
    for word in (plain(column), *_called(column)):
        # 0.85 is one or two letters of a word of ten; of shorter words than five another word is as near
        near = get_close_matches(word, by_words, n=1, cutoff=0.85) if len(word) >= 5 else []
        if near:
            return str(by_words[near[0]])
    return None


def _called(column: str) -> list[str]:
    return [plain(word) for word in WORDS.get(column, ())]


def header_row_hint(rows: Mapping[int, Sequence[str]], table: str) -> Message | None:
    """Return "; row 4 looks like the header: …" if one of a file's first rows names our columns, else None.

    `rows`: row number → cells. A row of data names none: two columns of ours, one of them required, decide.
    """
    best, most = 0, 1
    known = BY_NAME[table]
    needed = {column.name for column in known.columns if column.required}
    for row, cells in rows.items():
        named = suggest([cell for cell in dict.fromkeys(cells) if cell.strip()], known)
        if len(named) > most and (needed & named.keys() or not needed):
            best, most = row, len(named)
    if not best:
        return None
    return message(
        "; row {row} looks like the header: write header_row = {row} in [tables.{table}]",
        row=str(best), table=table,
    )  # fmt: skip
