"""The ways to break one place of a module: what `python -m tests.mutation` draws from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FLIPS: dict[type, tuple[Any, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.Div: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
SWAPS = {"min": "max", "max": "min", "any": "all", "all": "any"}
DROPPED = {"sorted", "reversed", "strip", "rstrip", "lstrip", "lower", "upper", "casefold"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken place: what stood at bytes `start` to `end` of a module, and what stands there now."""

    module: str
    line: int
    kind: str
    before: str
    after: str
    start: int
    end: int


def _instead(node: ast.AST) -> Iterator[ast.AST | str]:
    """What may stand in the place of a node: another node, or the text of a statement."""
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for flip in FLIPS[type(op)]:
                    yield ast.Compare(node.left, [*ops[:at], flip(), *ops[at + 1 :]], node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(FLIPS[type(node.op)][0](), node.values)
        case ast.BinOp() if type(node.op) in FLIPS and ast.unparse(node.right) != "None":
            yield ast.BinOp(node.left, FLIPS[type(node.op)][0](), node.right)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.IfExp():
            yield from (node.body, node.orelse)
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Constant(value=str(value)):
            yield from (ast.Constant(value + "X"), ast.Constant("X" + value))
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in SWAPS | dict.fromkeys(DROPPED):
            yield ast.Call(ast.Name(SWAPS[name]), node.args, node.keywords) if name in SWAPS else first
        case ast.Call(func=ast.Attribute(value=receiver, attr=name), args=[]) if name in DROPPED:
            yield receiver
        case ast.Return(value=ast.expr()) if ast.unparse(node) != "return None":
            yield "return None"
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Raise() | ast.AugAssign():
            yield "pass"
        case ast.For() | ast.Continue() | ast.Break() | ast.Delete():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
            yield "pass"


def _conditions(node: ast.AST, parent: ast.AST, field: str) -> Iterator[ast.AST]:
    """A condition that always or never holds, in the place of one that asks."""
    if field == "ifs" or (field == "test" and isinstance(parent, ast.If)):
        yield from (ast.Constant(True), ast.Constant(False))
    elif field == "test" and isinstance(parent, ast.While):
        yield ast.Constant(False)


def _left_alone(node: ast.AST, parent: ast.AST, field: str) -> bool:
    """Whether nothing is broken from here on: types, documentation, keys, and what only says more strictly."""
    return (
        field in {"annotation", "returns", "decorator_list", "format_spec"}
        or isinstance(node, ast.Import | ast.ImportFrom | ast.Assert)
        or (isinstance(node, ast.Constant) and isinstance(parent, ast.Expr))
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and field == "slice")
        or (isinstance(node, ast.keyword) and node.arg == "strict")
        or (isinstance(node, ast.Assign) and ast.unparse(node).startswith("__"))
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        or (isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal")
    )


def mutants(module: str, source: str) -> list[Mutant]:
    """Every way known here to break a module; a few do not compile."""
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[Mutant, None] = {}

    def add(kind: str, host: Any, text: str) -> None:
        start = starts[host.lineno - 1] + host.col_offset
        end = starts[host.end_lineno - 1] + host.end_col_offset
        found[Mutant(module, host.lineno, kind, data[start:end].decode(), text, start, end)] = None

    def replace(parent: ast.AST, field: str, node: ast.AST, new: ast.AST, host: ast.AST | None) -> None:
        kind = type(node).__name__
        if host is None:
            add(kind, node, f"({ast.unparse(new)})")
            return
        held = getattr(parent, field)
        setattr(
            parent, field, [new if member is node else member for member in held] if held is not node else new
        )
        try:
            add(kind, host, ast.unparse(host))
        except ValueError:
            pass  # an f-string that cannot be written without a backslash
        finally:
            setattr(parent, field, held)

    def walk(parent: ast.AST, host: ast.AST | None) -> None:
        for field, value in ast.iter_fields(parent):
            for node in value if isinstance(value, list) else [value]:
                if not isinstance(node, ast.AST) or _left_alone(node, parent, field):
                    continue
                # Within an f-string positions are not reliable before Python 3.12: it is replaced as a whole.
                whole = host or (node if isinstance(node, ast.JoinedStr) else None)
                for new in [*_instead(node), *_conditions(node, parent, field)]:
                    if isinstance(new, str):
                        add(type(node).__name__, node, new)
                    else:
                        replace(parent, field, node, new, whole)
                walk(node, whole)

    walk(ast.parse(source), None)
    return list(found)


def broken(source: str, mutant: Mutant) -> str:
    """The module with the mutant in it."""
    data = source.encode()
    return (data[: mutant.start] + mutant.after.encode() + data[mutant.end :]).decode()


def compiles(source: str, mutant: Mutant) -> bool:
    """Whether the module with the mutant in it is a module at all."""
    try:
        compile(broken(source, mutant), mutant.module, "exec")
    except (SyntaxError, ValueError):
        return False
    return True
