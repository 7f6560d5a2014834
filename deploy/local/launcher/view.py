"""What the person at the terminal sees; plain lines where there is no terminal."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TextIO

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.panel import Panel
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from deploy.local.launcher.story import Story, Voice

SUMMARY_EVERY = 10.0
NARROWEST = 36  # columns that a service needs
WIDE = 150  # from here on all of them stand in one row
MOST_SHOWN = 10


class View(Protocol):
    def showing(self, story: Story) -> AbstractContextManager[None]: ...

    def step(self, title: str) -> AbstractContextManager[None]:
        """A part of the set-up, as long as the block takes."""

    def ready(self, addresses: Mapping[str, str], tokens: Mapping[str, str]) -> None: ...


def view_for(output: TextIO) -> View:
    return LiveView(Console(file=output)) if output.isatty() else PlainView(output)


class PlainView:
    def __init__(self, output: TextIO) -> None:
        self._output = output

    @contextmanager
    def showing(self, story: Story) -> Iterator[None]:
        telling = asyncio.create_task(self._tell(story))
        try:
            yield
        finally:
            telling.cancel()
            self._say("stopped")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._say(f"{title}: {time.monotonic() - started:.1f} s")

    def ready(self, addresses: Mapping[str, str], tokens: Mapping[str, str]) -> None:
        for name, value in (*tokens.items(), *addresses.items()):
            self._say(f"{name}: {value}")
        self._say("ready; Ctrl-C stops everything")

    async def _tell(self, story: Story) -> None:
        summary_at = time.monotonic() + SUMMARY_EVERY
        while True:
            await asyncio.sleep(0.2)
            while story.unread:
                self._say(story.unread.popleft())
            if time.monotonic() >= summary_at:
                summary_at = time.monotonic() + SUMMARY_EVERY
                for line in summary(story):
                    self._say(line)

    def _say(self, line: str) -> None:
        # who reads may have gone; the stack runs on
        with contextlib.suppress(BrokenPipeError):
            print(f"kefu: {line}", file=self._output, flush=True)


class LiveView:
    """Steps with a tick, then the addresses, and below them a picture that changes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps: list[RenderableType] = []
        self._picture: Callable[[], RenderableType] = lambda: Group(*self._steps)
        self._story = Story()

    @contextmanager
    def showing(self, story: Story) -> Iterator[None]:
        self._story = story
        with Live(get_renderable=self._now, console=self._console, refresh_per_second=4):
            yield

    def _now(self) -> RenderableType:
        return self._picture()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        started = time.monotonic()
        self._steps.append(Spinner("dots", title))
        yield
        self._steps[-1] = Text.assemble(("✓ ", "green"), f"{title} ", (f"{time.monotonic() - started:.1f} s", "dim"))

    def ready(self, addresses: Mapping[str, str], tokens: Mapping[str, str]) -> None:
        self._console.print(*self._steps, sep="\n")
        for title, lines in (("A token per role, also in .local/stack.json", tokens), ("Addresses", addresses)):
            self._console.print(f"\n[bold]{title}")
            for name, value in lines.items():
                self._console.print(Text.assemble((f"{name:>12}  ", "cyan"), value), soft_wrap=True)
        self._picture = lambda: picture(self._story)


def picture(story: Story) -> RenderableType:
    return Panel(_Picture(story), title="kefu", subtitle="Ctrl-C stops everything", title_align="left")


class _Picture:
    """The services side by side, in as many columns as fit, and below them what happened last."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        columns = max(1, min(len(self._story.voices), options.max_width // NARROWEST, 2 if options.max_width < WIDE else 4))
        grid = Table.grid(padding=(0, 2), expand=True)
        for _ in range(columns):
            grid.add_column(ratio=1)
        panels = [_voice(name, voice) for name, voice in self._story.voices.items()]
        for first in range(0, len(panels), columns):
            grid.add_row(*panels[first : first + columns])
            grid.add_row()
        yield grid
        yield Text("Last", "bold")
        yield from (Text(note, no_wrap=True, overflow="ellipsis") for note in self._story.notes)


def _voice(name: str, voice: Voice) -> RenderableType:
    head = Text.assemble((name, "bold cyan"), "  ", (f"{voice.rate:.1f}", "bold"), " events/s")
    figures = Text(" · ".join(f"{count} {title}" for title, count in voice.figures.items()), "dim")
    held = [Text(), _counts("Held for", voice.held_for)] if voice.held_for else []
    return Group(head, figures, _counts("Said", voice.said), *held)


def _counts(title: str, counts: Counter[str]) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_row(Text(title, "bold"))
    for name, count in counts.most_common(MOST_SHOWN):
        table.add_row(name, Text(str(count), justify="right"))
    return table


def summary(story: Story) -> Iterator[str]:
    """A line for each service that has said something."""
    return (f"{name}: {_line(voice)}" for name, voice in story.voices.items() if voice.said)


def _line(voice: Voice) -> str:
    parts = [f"{voice.rate:.1f} events/s", *(f"{name} {count}" for name, count in sorted(voice.said.items()))]
    held = [f"{check} {count}" for check, count in voice.held_for.most_common()]
    figures = [f"{count} {title}" for title, count in voice.figures.items()]
    return " · ".join([*parts, *(["held for " + ", ".join(held)] if held else []), *figures])
