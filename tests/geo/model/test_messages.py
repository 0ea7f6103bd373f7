"""A sentence goes to another process and comes back as it was."""

import json

from hypothesis import given
from hypothesis import strategies as st

from geo.model.messages import Message, json_of_message, message_of_json

NAMES = st.text("abc", min_size=1, max_size=3)
PLAIN = st.text() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)


def sentences(parts):
    values = st.dictionaries(NAMES, parts | st.lists(parts, max_size=3).map(tuple), max_size=3)
    return st.builds(Message, st.text(), values.map(lambda by_name: tuple(by_name.items())), st.text())


@given(st.recursive(PLAIN, sentences, max_leaves=8))
def test_a_sentence_comes_back_from_json_as_it_was(what):
    assert message_of_json(json.loads(json.dumps(json_of_message(what)))) == what
