"""The language of a side: offline, from no pickle, unsure rather than wrong, and never a word of the text in an error."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from support import DATA, chat, hostile, shipping

from grooming_detect import Detector, MissingExtraError, language
from grooming_detect.cli import main
from grooming_detect.language import Guess, covers, guess, language_of
from grooming_detect.packs import FOLDER
from grooming_detect.render.exhibit import exhibit
from grooming_detect.render.html import Totals, page
from grooming_detect.render.jsonl import as_line, as_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MISSING = "the package py3langid is not installed: pip install 'grooming-detect[language]'"
needs_model = pytest.mark.skipif(find_spec("py3langid") is None, reason=MISSING)
HIDE = "dont tell your mum"

# Ordinary lines, made up for this test; of each language with a pack, and of some without one.
COVERED = {
    "ar": ("نسيت الواجب مرة ثانية، ممكن ترسل رقم الصفحة", "متى يطلع الباص بكرة؟", "المباراة كانت رائعة"),
    "de": ("hab schon wieder die hausaufgaben vergessen", "wann fährt morgen der bus?", "das spiel war super"),
    "en": ("i forgot my homework again", "what time does the bus leave tomorrow?", "the match was great"),
    "es": ("se me olvidó la tarea otra vez", "a qué hora sale el autobús mañana?", "el partido estuvo genial"),
    "fil": ("nakalimutan ko na naman yung assignment", "anong oras aalis yung bus bukas?", "ang ganda ng laro"),
    "fr": ("j’ai encore oublié mes devoirs", "à quelle heure part le bus demain ?", "le match était super"),
    "id": ("aku lupa pr lagi nih", "besok bisnya berangkat jam berapa?", "pertandingannya seru banget, kita menang"),
    "it": ("ho dimenticato i compiti un’altra volta", "a che ora parte l’autobus domani?", "che bella partita"),
    "pt": ("esqueci o trabalho de casa outra vez", "a que horas sai o ônibus amanhã?", "o jogo foi muito bom"),
    "th": ("ลืมการบ้านอีกแล้ว", "พรุ่งนี้รถบัสออกกี่โมง", "เกมสนุกมาก"),
    "tr": ("ödevi yine unuttum ya", "yarın otobüs saat kaçta kalkıyor?", "maç çok güzeldi"),
}
OTHERS = {
    "ja": ("また宿題を忘れた", "明日のバスは何時に出るの"),
    "ko": ("숙제를 또 잊어버렸어", "내일 버스는 몇 시에 출발해?"),
    "ms": ("saya terlupa buku latihan, boleh hantar nombor muka surat", "awak nak pergi sekolah esok tak"),
    "nl": ("ik ben mijn huiswerk weer vergeten", "hoe laat vertrekt de bus morgen?"),
    "ru": ("я опять забыл домашку", "во сколько завтра автобус?"),
    "sv": ("jag glömde läxan igen", "hur dags går bussen i morgon?"),
}


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if the package were not there."""
    language.load.cache_clear()
    monkeypatch.setitem(sys.modules, "py3langid.langid", None)
    yield
    language.load.cache_clear()


@needs_model
@pytest.mark.parametrize(("tag", "lines"), (COVERED | OTHERS).items(), ids=(COVERED | OTHERS).keys())
def test_language_of_a_few_lines(tag: str, lines: tuple[str, ...]) -> None:
    assert language_of("\n".join(lines)) == tag


@needs_model
def test_single_lines_are_right_or_unsure() -> None:
    found = [(tag, language_of(line)) for tag, lines in COVERED.items() for line in lines]
    assert [pair for pair in found if pair[1] not in {pair[0], None}] == []
    assert sum(guessed is not None for _, guessed in found) > 0.8 * len(found)


def test_every_pack_has_lines_here() -> None:
    assert sorted(COVERED) == sorted(path.stem for path in FOLDER.glob("*.toml"))


@needs_model
@pytest.mark.parametrize("text", ["", " \n", "ok", "haha", "lol lol lol", "123 456", "😀😀😀", "https://example.com", "\ud800"])
def test_what_is_too_short_or_in_no_language_gives_none(text: str) -> None:
    assert language_of(text) is None


@needs_model
@given(hostile)
def test_any_text_gives_a_tag_or_none(text: str) -> None:
    tag = language_of(text)
    assert tag is None or re.fullmatch("[a-z]{2,3}", tag)


@needs_model
def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert language_of("das spiel war super " * 100_000 + "the match was great " * 10_000) == "de"


@needs_model
def test_guess_says_whether_a_pack_is_for_it() -> None:
    packs = list(COVERED)
    assert guess("\n".join(COVERED["tr"]), packs) == Guess("tr", covered=True)
    assert guess("\n".join(OTHERS["ms"]), packs) == Guess("ms", covered=True)
    assert guess("\n".join(OTHERS["sv"]), packs) == Guess("sv", covered=False)
    assert guess("ok", packs) == Guess(None, covered=True)


@pytest.mark.parametrize("written", ["pt", "pt-BR", "PT_br"])
def test_pack_of_a_region_covers_the_language(written: str) -> None:
    assert covers([written], "pt")
    assert not covers([written], "p")


ALONE = """
import sys
def refuse(event, args):
    if event.startswith(("socket.", "urllib.", "pickle.")):
        raise SystemExit(event)
sys.addaudithook(refuse)
"""


def alone(code: str) -> tuple[int, str, str]:
    """What a fresh process does in which the network and pickle are its end."""
    done = subprocess.run([sys.executable, "-c", ALONE + code], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@needs_model
def test_model_comes_from_the_package_without_network_or_pickle() -> None:
    code = "from grooming_detect.language import language_of\nprint(language_of('the match was great and we won again'))"
    assert alone(code) == (0, "en\n", "")


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("import socket; socket.socket()", "socket.__new__"),
        ("import socket; socket.getaddrinfo('localhost', 80)", "socket.getaddrinfo"),
        ("import pickle, fractions; pickle.loads(pickle.dumps(fractions.Fraction(1)))", "pickle.find_class"),
    ],
)
def test_that_process_would_have_ended(code: str, event: str) -> None:
    assert alone(code) == (1, "", f"{event}\n")


@needs_model
def test_nothing_of_it_is_loaded_with_the_command() -> None:
    code = "import sys, grooming_detect.commands.assess; sys.exit('py3langid' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.usefixtures("without_extra")
def test_missing_extra_is_told_without_the_text() -> None:
    with pytest.raises(MissingExtraError) as caught:
        language_of("zebrafish and more words of a chat")
    assert str(caught.value) == "language: needs the package py3langid (pip install 'grooming-detect[language]')"
    assert "zebrafish" not in f"{caught.value!r} {vars(caught.value)} {caught.value.__cause__!r}"


def test_record_names_the_language_only_if_asked_for(detector: Detector) -> None:
    (report,) = detector.assess(chat(HIDE))
    assert "language" not in as_record(report)
    assert as_record(report, language=Guess("tr", covered=True)) == {**as_record(report), "language": "tr"}
    assert json.loads(as_line(report, language=Guess(None, covered=True)))["language"] is None


@pytest.mark.parametrize(
    ("guessed", "shown", "told"),
    [
        (None, None, False),
        (Guess("en", covered=True), "en", False),
        (Guess(None, covered=True), "not clear", False),
        (Guess("sv", covered=False), "sv", True),
    ],
)
def test_page_shows_the_language(detector: Detector, guessed: Guess | None, shown: str | None, told: bool) -> None:  # noqa: FBT001
    talk = chat(HIDE)
    totals = Totals(1, 1, 1, 0, {"high": 0, "review": 0, "low": 1}, "m 1")
    text = page([exhibit(talk, detector.assess(talk)[0], guessed)], totals, detector.rules)
    assert re.findall("<small>language: (.*?)</small>", text) == ([] if shown is None else [shown])
    assert ("The language seems to be sv, which is not covered: there is no pack for it." in text) is told


@pytest.fixture
def chats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One talk: a writes English (the small pack's language), b Swedish, c next to nothing."""
    shipping(monkeypatch)
    texts = [("a", HIDE), *(("a", line) for line in COVERED["en"]), *(("b", line) for line in OTHERS["sv"]), ("c", "ok")]
    record = {"conversation_id": "x", "messages": [{"sender": who, "text": text} for who, text in texts]}
    (tmp_path / "chats.jsonl").write_text(json.dumps(record) + "\n")
    return str(tmp_path / "chats.jsonl")


def assessed(chats: str, out: Path, *options: str) -> int:
    return main(["assess", chats, "--pack", str(DATA / "small.toml"), "--out", str(out), *options])


@needs_model
def test_option_guesses_over_each_sides_own_messages(chats: str, tmp_path: Path) -> None:
    assert assessed(chats, tmp_path / "out", "--language") == 0
    records = [json.loads(line) for line in (tmp_path / "out").read_text("utf-8").splitlines()]
    assert {record["sender"]: record["language"] for record in records} == {"a": "en", "b": "sv", "c": None}


@needs_model
def test_without_the_option_the_bytes_are_those_of_before(chats: str, tmp_path: Path) -> None:
    assert assessed(chats, tmp_path / "plain") == assessed(chats, tmp_path / "more", "--language") == 0
    more = [json.loads(line) for line in (tmp_path / "more").read_text("utf-8").splitlines()]
    for record in more:
        del record["language"]
    assert (tmp_path / "plain").read_text("utf-8") == "".join(json.dumps(record) + "\n" for record in more)


@pytest.mark.usefixtures("without_extra")
def test_option_without_the_extra_ends_before_the_work(chats: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert assessed(chats, tmp_path / "out", "--language") == 2
    wording = "grooming-detect: language: needs the package py3langid (pip install 'grooming-detect[language]')\n"
    assert capsys.readouterr() == ("", wording)
    assert not (tmp_path / "out").exists()
