"""The words people write for our values, in English, Russian and Kazakh, folded by `parse_values.fold`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geo.reading.parse_values import fold


def _words(**values: str) -> dict[str, str]:
    """Return folded word → value from `value="word, word"`; spaces inside a word become "_"."""
    return {fold(word): value for value, words in values.items() for word in words.split(",")}


BOOLEANS: Final[Mapping[str, str]] = _words(
    yes="yes,y,true,t,1,x,+,✓,да,д,истина,иә,ия,ие,шын,бар",
    no="no,n,false,f,0,нет,н,ложь,жоқ,жок,жалған",
)
URBAN: Final[Mapping[str, str]] = {
    **BOOLEANS,
    **_words(
        yes="urban,city,town,u,город,городской,городская,гор,г,қала,қалалық",
        no="rural,village,r,село,сельский,сельская,сел,с,аул,ауыл,ауылдық",
    ),
}
_STAGES: Final = _words(
    opening="open,открытие,открытие участка,ашылу,ашылуы",
    voting="vote,polling,e-day,голосование,ход голосования,дауыс беру",
    closing="close,закрытие,закрытие участка,жабылу,жабылуы",
    counting="count,подсчет,подсчет голосов,дауыс санау,санау,дауыстарды санау",
    tabulation="tabulating,сведение итогов,подведение итогов,табуляция,қорытындылау",
)
CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "stage": _STAGES,
    "severity": _words(
        low="minor,низкая,низкий,незначительное,төмен",
        medium="moderate,mid,средняя,средний,орташа",
        high="serious,major,высокая,высокий,серьезное,жоғары",
        critical="severe,критическая,критический,критическое,сындарлы,аса ауыр",
    ),
    "outcome": _words(
        observed="visited,done,ok,наблюдали,наблюдался,посещен,бақыланды",
        denied="refused,access denied,not admitted,отказано,отказ,не допущены,рұқсат берілмеді,жіберілмеді",
        closed="shut,закрыт,закрыто,жабық",
        unreachable="not reached,inaccessible,недоступен,недоступно,қолжетімсіз,жете алмады",
    ),
    "overall": _words(
        very_good="очень хорошо,өте жақсы",
        good="хорошо,жақсы",
        bad="poor,плохо,жаман,нашар",
        very_bad="very poor,очень плохо,өте жаман,өте нашар",
    ),
    "purpose": _words(
        planned="plan,routine,scheduled,по плану,плановый,плановое,жоспарлы,жоспар бойынша",
        follow_up="follow-up,followup,response,по сигналу,повторный,внеплановый,жоспардан тыс,қайталама",
    ),
    "precision": _words(
        point="exact,address,точка,точно,адрес,нүкте",
        settlement="town,village,населенный пункт,елді мекен",
        area="district,oblast,район,область,аудан,облыс",
        none="unknown,неизвестно,белгісіз",
    ),
    "verification": _words(
        unverified="new,pending,not verified,не проверено,тексерілмеген",
        verified="checked,confirmed,approved,проверено,подтверждено,тексерілген,расталған",
        withdrawn="retracted,rejected,отозвано,отклонено,кері қайтарылған",
    ),
    "publication": _words(
        private="internal,закрыто,внутреннее,ішкі",
        cleared="cleared for publication,разрешено,рұқсат етілген",
        public="published,опубликовано,жарияланған",
        withdrawn="retracted,отозвано,кері қайтарылған",
    ),
    "status": _words(
        open="active,in use,working,operating,valid,moved,relocated,действует,открыт,работает,перенесен,"
        "жұмыс істейді,ашық,көшірілді",
        cancelled="canceled,closed,abolished,annulled,inactive,not open,dissolved,removed,отменен,упразднен,"
        "закрыт,ликвидирован,не открыт,жойылды,жабылды,таратылды",
        merged="joined,consolidated,объединен,присоединен,біріктірілді,қосылды",
    ),
    "completeness": _words(
        exhaustive="complete,full,полный,толық",
        examples="example,примеры,мысалдар",
        unknown="неизвестно,белгісіз",
        statement="заявление,мәлімдеме",
    ),
}
