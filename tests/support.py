"""What several test modules share: a small pack, short ways to write a conversation, hostile texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from grooming_detect import Conversation, Message
from grooming_detect.finders.cues import CueFinder, CueMemory
from grooming_detect.packs import load_pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from grooming_detect import Finding
    from grooming_detect.packs import Pack, Rule

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[1]
PACK = load_pack(DATA / "small.toml")

# Words that the small pack looks for, and what people do to them.
CUE_LINES = sorted({line for rule in PACK.rules for line in (*rule.fires, *rule.silent)})
VOCABULARY = sorted(
    {word for line in CUE_LINES for word in line.split()} | {"s3cr3t", "s.e.n.d", "terces", "p i c", "?", "...", "5pm"}
)

HOSTILE = (
    "\x00", "\x1b[31m", "\u202eterces ruo\u202c", "\u200b", "\u200d", "\ufeff", "\u0301" * 40, "İ", "ß", "ﬁ", "Ω", "ǆ", "ᾳ",
    "👩‍👩‍👧‍👦", "🇬🇧", "🅰🅱", "𝓼𝓮𝓷𝓭", "ｓｅｎｄ", "ѕесrеt", "don’t", "d\u00adon't", "สวัสดี", "秘密にして", "سر\u0640ي", "नमस्ते",
    "\ud800", "\udfff", "<script>", "a" * 500, "😀" * 60, "\u2028", "\u0085", "\u3000", "\u1680", "\U000e0041", "\uffff",
    "٣", "x²", "½",
)  # fmt: skip

hostile = st.lists(
    st.one_of(
        st.sampled_from(VOCABULARY),
        st.sampled_from(CUE_LINES),
        st.sampled_from(HOSTILE),
        st.text(max_size=12),
        st.text(st.characters(codec=None, categories=None), max_size=6),
    ),
    max_size=12,
).flatmap(lambda parts: st.sampled_from(["", " ", "  ", "\n"]).map(lambda gap: gap.join(parts)))


def shipping(patch: pytest.MonkeyPatch, *paths: Path) -> None:
    """Let these packs be the ones that ship; the real ones take seconds to load."""
    patch.setattr("grooming_detect.detector.shipped_paths", lambda: paths)
    patch.setattr("grooming_detect.detector.default_packs", lambda: tuple(map(load_pack, paths)))


def chat(*texts: str, sender: str = "a", name: str = "c1") -> Conversation:
    """A conversation in which one sender says it all; ``b: …`` is said by b."""
    messages = []
    for text in texts:
        who, mark, rest = text.partition(": ")
        messages.append(Message(who, rest) if mark and len(who) == 1 else Message(sender, text))
    return Conversation(name, tuple(messages))


conversations = st.builds(
    Conversation,
    st.just("c1"),
    st.lists(st.builds(Message, st.sampled_from(["a", "b", "\u202ec"]), hostile), max_size=12).map(tuple),
)


def findings(finder: CueFinder, conversation: Conversation) -> list[Sequence[Finding]]:
    """The findings of each message in turn."""
    memory = CueMemory()
    return [finder.see(memory, index, message) for index, message in enumerate(conversation.messages)]


def quotes(finder: CueFinder, *texts: str) -> dict[str, list[str]]:
    """What is found in a talk: each label with the words it quotes, in order."""
    talk = chat(*texts)
    found: dict[str, list[str]] = {}
    for finding in (finding for one in findings(finder, talk) for finding in one):
        found.setdefault(finding.label.removeprefix("cue:"), []).extend(span.quote(talk) for span in finding.spans)
    return found


def fires(pack: Pack, rule: Rule, line: str) -> bool:
    """Whether a rule fires on a line when its whole pack is on."""
    return any(finding.label == rule.label for found in findings(CueFinder.of([pack]), chat(line)) for finding in found)
