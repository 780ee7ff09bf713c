"""Which register a command asks, and who acts in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from planner.errors import DataError, Problem, refuse

if TYPE_CHECKING:  # the database's library takes a while to import, which no other command waits for
    from planner.catalogue.qualification import Qualification
    from planner.register import Actor, Kept, Register


@dataclass(frozen=True, slots=True)
class RegisterOptions:
    """Which register, and who acts."""

    register: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="The register: a file, or postgresql://…; default: a file in the folder of your data.",
        ),
    ] = None
    actor: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="PERSON",
            help="Who you are; needed once the register knows more than one. The first is its manager.",
        ),
    ] = None
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="In which of your roles; default: that with most rights."),
    ] = None

    def open(self) -> tuple[Register, Actor | None]:
        """The register, and who acts in it."""
        from planner.register import Actor, Register

        if self.role is not None and self.actor is None:
            raise DataError([Problem("--role", "is of somebody: say who with --as", value=self.role)])
        acting = None if self.actor is None else Actor(self.actor, self.role or "")
        return Register(self.register), acting

    def learners(
        self, qualification: Qualification, *, alone: bool
    ) -> tuple[Register, Actor | None, tuple[Kept, ...]]:
        """The register, who acts in it, and whom it keeps for a qualification; `alone`: it is all there is.

        Raises
        ------
        DataError
            It is all, and has nobody.
        """
        register, acting = self.open()
        kept = register.load(acting, qualification)
        if alone and not kept:
            message = f"has no learner of {qualification.id}: import a file first, or give one here"
            raise DataError([Problem(register.storage.address, message)])
        return register, acting, kept

    def asked(self, *, alone: bool, save: bool) -> bool:
        """Whether a command that does without the register is to ask it; `alone`: there is nothing else."""
        return alone or save or self.register is not None or self.actor is not None

    def unused(self, why: str) -> None:
        """Refuses what was given of these.

        Raises
        ------
        DataError
            Anything was.
        """
        given = {"--register": self.register, "--as": self.actor, "--role": self.role}
        refuse(Problem(name, f"is of no use here: {why}", value=text) for name, text in given.items() if text)
