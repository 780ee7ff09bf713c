"""Users of the plan page without a browser: they speak the page's protocol, each over its own socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

import planner
from benchmarks.page import PATH, STEP, Answer, Click, Server
from benchmarks.race import RivalError

METRIC = "Guided hours to do"
"""The label of the figure that says the hours."""

SECONDS = 60.0
"""How long one answer may take."""

FAILURES = (OSError, TimeoutError, ValueError, WebSocketException)
"""What a user can meet who gets no answer."""

LARGEST = 8 * 1024 * 1024
"""Bytes of the largest message a user takes."""


class User:
    """One open page: its socket, its address and what it knows of the choices and of the folds on it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.query = STEP
        self.page = ""
        self.choices: dict[str, list[str]] = {}
        self.folds: dict[str, bool] = {}

    async def rerun(self) -> tuple[Answer, str]:
        """Sends what is chosen and reads to the end of the page script; gives the hours shown besides.

        Raises
        ------
        ValueError
            The page shows an exception, no hours, or does not end well.
        """
        message = BackMsg()
        message.rerun_script.query_string = self.query
        if self.page:
            message.rerun_script.page_script_hash = self.page
        else:
            message.rerun_script.page_name = PATH
        for name, values in self.choices.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id = name
            state.string_array_value.data.extend(values)
        for name, unfolded in self.folds.items():
            state = message.rerun_script.widget_states.widgets.add()
            state.id = name
            state.bool_value = unfolded
        payload = message.SerializeToString()
        messages = size = 0
        shown, seconds = "", 0.0
        start = time.perf_counter()
        async with asyncio.timeout(SECONDS):
            await self.socket.send(payload)
            while True:
                received = await self.socket.recv(decode=False)
                now = time.perf_counter() - start
                messages += 1
                size += len(received)
                forward = ForwardMsg.FromString(received)
                hours = self._learned(forward)
                if hours:
                    shown, seconds = hours, now
                if self._ended(forward):
                    break
        if forward.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY or not shown:
            raise ValueError(f"the page ended with {forward.script_finished} and the hours {shown!r}")
        return Answer(seconds, now, messages, size), shown

    def _ended(self, forward: ForwardMsg) -> bool:
        """Whether the page script ended for good: not where it ended early to run once more."""
        return (
            forward.WhichOneof("type") == "script_finished"
            and forward.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN
        )

    def _learned(self, forward: ForwardMsg) -> str:
        """Keeps what a browser would of a message; gives the hours, if it tells them."""
        kind = forward.WhichOneof("type")
        if kind == "navigation":
            self.page = forward.navigation.page_script_hash
        if kind == "page_info_changed":
            self.query = forward.page_info_changed.query_string
        if kind != "delta":
            return ""
        if fold := forward.delta.add_block.expandable.id:
            self.folds.setdefault(fold, forward.delta.add_block.expandable.expanded)
        if forward.delta.WhichOneof("type") != "new_element":
            return ""
        element = forward.delta.new_element
        match element.WhichOneof("type"):
            case "button_group":
                if element.button_group.set_value or element.button_group.id not in self.choices:
                    self.choices[element.button_group.id] = list(element.button_group.raw_values)
            case "exception":
                raise ValueError(f"the page shows an exception: {element.exception.message}")
            case "metric":
                return element.metric.body if element.metric.label == METRIC else ""
        return ""

    async def click(self, click: Click) -> tuple[Answer, list[str]]:
        """Makes a choice; gives what it took and what is wrong with the answer."""
        if not self._choice(click.ref):  # the units of a group are drawn once it is unfolded
            group = planner.load().by_ref[click.ref].group
            self.folds[next(name for name in self.folds if name.endswith(f"-group-{group}-False"))] = True
            await self.rerun()
        self.choices[self._choice(click.ref)] = [click.choice]
        answer, shown = await self.rerun()
        if shown == str(click.hours):
            return answer, []
        return answer, [f"{click.title}, {click.choice}: the page sent {shown} hours, not {click.hours}"]

    def _choice(self, ref: str) -> str:
        """The name of a unit's choice; empty where it is folded away."""
        return next((name for name in self.choices if name.endswith(f"-choice-{ref}")), "")


async def _opened(server: Server) -> User:
    """A user who has the page open."""
    socket = await connect(
        f"ws://127.0.0.1:{server.port}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=LARGEST,
        compression=None,
        proxy=None,
    )
    user = User(socket)
    await user.rerun()
    return user


def alone(server: Server, clicks: Sequence[Click]) -> tuple[list[Answer], list[str]]:
    """One user's clicks, one after the other, and what is wrong with the answers.

    Raises
    ------
    RivalError
        A click had no answer.
    """

    async def clicked() -> tuple[list[Answer], list[str]]:
        user = await _opened(server)
        answers, wrong = list[Answer](), list[str]()
        for click in clicks:
            answer, errors = await user.click(click)
            answers.append(answer)
            wrong += errors
            await asyncio.sleep(0.1)  # so that nothing of one click runs on into the next
        await user.socket.close()
        return answers, wrong

    try:
        return asyncio.run(clicked())
    except FAILURES as error:
        raise RivalError(f"a user of the page: {type(error).__name__} {error}") from error


def crowd(server: Server, walks: Sequence[Sequence[Click]]) -> tuple[list[Answer], list[str]]:
    """A user for each walk; all click at once, round after round, the first of which does not count.

    Gives the answers of all and every error: a wrong answer, a lost connection, no answer in time.
    """

    async def clicked() -> tuple[list[Answer], list[str]]:
        users = [await _opened(server) for _ in walks]
        answers, wrong = list[Answer](), list[str]()
        for number, clicks in enumerate(zip(*walks, strict=True)):
            results = await asyncio.gather(
                *(user.click(click) for user, click in zip(users, clicks, strict=True)),
                return_exceptions=True,
            )
            for result in results:
                if isinstance(result, FAILURES):
                    wrong.append(f"round {number}: {type(result).__name__} {result}")
                elif isinstance(result, BaseException):
                    raise result
                else:
                    wrong += result[1]
                    if number > 0:
                        answers.append(result[0])
            await asyncio.sleep(0.5)
        for user in users:
            await user.socket.close()
        return answers, wrong

    return asyncio.run(clicked())
