"""Strings that a name or a note could be, each meant to be taken for something other than text."""

from __future__ import annotations

import random

_WHOLE = (
    "<b>bold</b> <i>it</i> <u>u</u>",
    "<para><font color='red' size=90>big</font><img src='/etc/hostname'/></para>",
    '<a href="https://example.org/x">link</a> &amp; &lt; &#x41; &nbsp;',
    "<seq/><super>1</super><br/><onDraw name='x' label='y'/>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<html><body><h1>Rich</h1><table><tr><td>Qt</td></tr></table></body></html>",
    "<!-- comment --><![CDATA[ data ]]><?php echo 1; ?>",
    "]]></rdf:li></rdf:Seq><pdfaid:part>1</pdfaid:part>",
    "O'Brien\"; DROP TABLE people; --",
    "' OR '1'='1' UNION SELECT sql FROM sqlite_master --",
    "Robert'); DELETE FROM audit; VACUUM; --",
    "../../../../etc/passwd",
    "..\\..\\windows\\system32\\cmd.exe",
    "/dev/null; rm -rf / #",
    "$(touch /tmp/owned) `id` ${HOME} %PATH% %s%n%x {0} {name!r}",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org/?"&A1;"me")',
    "+SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd",
    "\t=1+1",
    "\r=1+1",
    ";=1+1",
    "＝1+1",
    '"=1+1"',
    "nul\x00in the middle",
    "bell\x07 backspace\x08\x08\x08\x08 escape\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07\x1b[2J\x1b[H",
    "\x9b31mC1 control \x85 next line",
    "\u202egnp.exe\u202c reversed",
    "\u2066isolate\u2069 \u2067other\u2069 \u2068first\u2069",
    "marks \u200e\u200f\u061c of direction",
    "zero\u200bwidth\u200cjoiner\u200d\u2060\ufeffword",
    "soft\u00adhyphen \u180e vowel separator",
    "tag \U000e0041\U000e0042 characters",
    "line one\nline two\r\nline three\rline four\u2028five\u2029six\x0bseven\x0ceight",
    "tab\tafter\ttab",
    "\udcff\udcfe undecodable",
    "\ud800 alone \udfff",
    "e\u0301a\u0300" * 12,
    "Z\u0351\u0343\u034aa\u0321\u0489l\u0334\u0358g\u0337o\u0336",
    "👩🏽‍🚀 👨‍👩‍👧‍👦 🏴‍☠️ 🇩🇪",
    "\U0001fae0\U0001f9ff\U0010fffd private \ue000 \uf8ff",
    "\ufffe\uffff not characters",
    "محمد بن عبد الله (Test) 123",
    "ירושלים & <i>Co</i> [1]",
    "山田太郎 ﾊﾝｶｸ 한국어 ไทย हिन्दी தமிழ்",
    "ﬁ ligature ﷺ Ⅷ ½ ㎏",
    "İstanbul ı ß ẞ ǆ",
    "{\\rtf1\\ansi\\b bold}",
    "%!PS /Helvetica findfont (text) show",
    "BT /F1 12 Tf (text) Tj ET endstream endobj",
    ") Tj (escaped \\) \\( \\",
    '{"json": [null, true, 1e999]}',
    "\\u0000 \\n \\x41 \\\\",
    "https://example.org/ file:///etc/passwd javascript:alert(1) data:text/html,x",
    "mailto:a@example.org?subject=%0d%0aBcc:",
    "CON PRN AUX NUL COM1",
    "\u200b" * 700,
    "\x01" * 700,
    "W" * 900,
    "long words " * 120,
    "�" * 40,
    "…",
)
_FRAGMENTS = (
    *("<", ">", "&", '"', "'", "\\", "/", "%", "$", "=", "+", "-", "@", ";", "|", "\t", "\n", "\r", "\x00", "\x1b[1m"),
    *(
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\udc80",
        "\u0301",
        "🙂",
        "א",
        "ب",
        "字",
        "</b>",
        "<br/>",
        "--",
    ),
    *("../", "word", "Name", "12", " ", "  ", "é", "ß", "\u00a0", "(", ")", "{", "}", "[", "]", "`", "*/", "&lt;", "#"),
)


def hostile_strings(source: random.Random, n: int) -> tuple[str, ...]:
    """`n` different strings: the listed ones first, then mixtures of their parts.

    Args:
        source: of the mixtures.
        n: how many.
    """
    found = dict.fromkeys(_WHOLE[:n])
    while len(found) < n:
        found[" ".join(("x", "".join(source.choice(_FRAGMENTS) for _ in range(source.randint(2, 24)))))[2:] or "x"] = (
            None
        )
    return tuple(found)
