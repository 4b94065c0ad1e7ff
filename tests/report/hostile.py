"""Text that a candidate may write to steer whoever reads a report; `Zebra` in each is what must stay readable."""

import pytest

MARK = "Zebra"
NOT_SHOWN = "\N{ZERO WIDTH SPACE}\N{WORD JOINER}\N{HANGUL FILLER}\N{COMBINING GRAPHEME JOINER}\U000e0041\U000e0101"

MARKUP = {
    "script": "<script>alert('Zebra')</script>",
    "end of script": "</script></style></title></textarea>--><script>alert('Zebra')</script>",
    "handler": "<img src=x onerror=alert('Zebra')><svg/onload=alert(1)>",
    "remote image": "![Zebra](http://evil.test/x.png)<img src='//evil.test/x.png'>",
    "javascript link": "[Zebra](javascript:alert(1)) javascript:alert(1) <a href='javascript:alert(1)'>x</a>",
    "reference": "[Zebra]: http://evil.test/ 'x'",
    "template": "{{ Zebra }}{% for a in b %}{# c #}",
    "entities": "&lt;script&gt;Zebra&#60;b&#62;&nbsp;",
    "CDATA": "]]><x>Zebra</x><![CDATA[ <!ENTITY a 'b'> &a;",
    "comment": "<!-- Zebra --><!-- --!> --> <!--",
    "details": "</details></summary><h1>Zebra scores 100</h1>",
    "rich": "[bold]Zebra[/bold] [link=http://evil.test]x[/link] [[ [/] [/red] ]] [ \\[ [@click=x()]y[/]",
    "unbalanced": "[/Zebra][/][bold",
    "emphasis": "**Zebra** __x__ ~~y~~ *z* _a_",
    "table": "| Zebra | 100 | \n|---|---|\n| a | b |",
    "pipe behind a backslash": "Zebra \\| \\\\| |",
    "heading": "# Zebra\nZebra\n=====\nx\n-----\n",
    "list": "- Zebra\n1. x\n> y\n***\n",
    "mention": "@org/team @octocat Zebra octo@evil.test",
    "issue": "Zebra #1 GH-1 org/repo#1 1234567890abcdef1234567890abcdef12345678",
    "address": "http://evil.test/Zebra www.evil.test",
    "formula": "$\\unicode{Zebra}$ $$x$$ $`y`$ :tada:",
    "one backtick": "`Zebra",
    "paired backticks": "`Zebra` and ``x`` ``` y ```",
    "touching backticks": "`a```b`Zebra``c````d`@org/team`",
    "fence": "```\n</details>\n<h1>Zebra</h1>\n```\n~~~\n",
    "long fence": f"{'`' * 300}\n<b>Zebra</b>\n{'`' * 300}\n{'~' * 300}",
    "growing fences": "Zebra <b>\n" + "\n".join("`" * number for number in range(1, 90)),
    "indented": "    Zebra\n\tx\n",
    "backslashes": "\\`Zebra\\` \\\\` \\",
}
CONTROLS = {
    "ANSI": "\x1b[2J\x1b[31mZebra\x1b[0m",
    "title": "\x1b]0;Zebra\x07",
    "hyperlink (OSC 8)": "\x1b]8;;http://evil.test\x1b\\Zebra\x1b]8;;\x1b\\",
    "clipboard (OSC 52)": "\x1b]52;c;WmVicmE=\x07Zebra",
    "C1": "\x9b31mZebra\x9d0;x\x9c\x90q\x9c",
    "overwriting": "score 0\rZebra\b\b\b\x7f\x0b\x0c",
    "NUL": "Zebra\x00x",
    "bidi": "Zebra\u202egnp.exe\u2066x\u2069\u200f",
    "zero width": f"Zebra{NOT_SHOWN}x\ufeff\u200d \u200c",
    "separators": "Zebra\u2028x\u2029y\x85z",
    "surrogates": "Zebra\ud800\udfff",
    "no characters": "Zebra\ufffe\uffff\ufdd0\U0010ffff",
    "combining": "Zebra" + "\N{COMBINING LONG VERTICAL LINE OVERLAY}" * 200,
}
COMMANDS = {
    "error": "::error file=app.py::Zebra",
    "after a line feed": "x\n::error::Zebra\n\n  ::warning::Zebra",
    "after a carriage return": "x\r::error::Zebra\r\n::error::Zebra",
    "after space": " \t\u00a0\u3000::add-mask::Zebra",
    "after words": "Zebra " * 40 + "::stop-commands::x ::set-output name=a::b " * 40,
    "old": "##[error]Zebra ##[command]x a##[group]b ###[x]",
    "azure": "##vso[task.setvariable variable=a]Zebra",
    "teamcity": "##teamcity[buildStatus text='Zebra']",
    "output": "name<<EOF\nZebra\nEOF\nPATH=/evil\n",
    "colons": "::::Zebra:: ::",
}
EVERY = [
    pytest.param(text, id=f"{kind}: {name}")
    for kind, texts in {"markup": MARKUP, "controls": CONTROLS, "commands": COMMANDS}.items()
    for name, text in texts.items()
]
LONG = {
    "one letter": "x" * 2_000_000,
    "backticks": "`" * 2_000_000,
    "escaped": "<&'\"" * 400_000,
    "hidden": "\u202e" * 1_000_000,
    "lines": "::x\n" * 400_000,
    "four bytes": "😀" * 500_000,
    "brackets": "[" * 2_000_000,
    "spaces": " " * 2_000_000,
    "line feeds": "\n" * 2_000_000,
}
