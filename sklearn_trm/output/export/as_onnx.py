"""A law as an ONNX model: input ``X`` of shape (n, d), output ``y`` of shape (n,), both float64."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import ExportError, NotInstalledError
from ...expressions.text import to_text
from ...expressions.tree import Node
from .language import Body, Language
from .names import check_function_name
from .trace import trace
from .writer import finite

# ONNX Runtime has no float64 of Tan, Sinh, Cosh, Asinh, Acosh, Atanh: these are made of others.
# Of Asin, Acos, Atan and Erf neither; nothing here makes them, other runtimes have them.
_NODES = {
    "+": "Add", "-": "Sub", "*": "Mul", "/": "Div", "neg": "Neg",
    "sqrt": "Sqrt", "exp": "Exp", "log": "Log", "sin": "Sin", "cos": "Cos", "tanh": "Tanh",
    "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "abs": "Abs", "power": "Pow",
    "erf": "Erf", "sign": "Sign", "floor": "Floor", "ceil": "Ceil",
    "maximum": "Max", "minimum": "Min",
}  # fmt: skip
_OPSET, _IR = 17, 8  # of 2022: old runtimes read it


def _no_text(body: Body) -> str:
    raise ExportError("ONNX is no text")


LANGUAGE = Language(name="onnx", assemble=_no_text, functions=_NODES)


def onnx_bytes(node: Node, names: Sequence[str], name: str = "law") -> bytes:
    """The serialized model of a law; column names are in its metadata.

    Parameters
    ----------
    node : Node
    names : sequence of str
        Column names: as many as the input has columns.
    name : str
        Name of the graph.

    Raises
    ------
    NotInstalledError
        If the package ``onnx`` is not installed.
    """
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as error:
        raise NotInstalledError("ONNX is not installed: `pip install onnx`") from error
    check_function_name(name, LANGUAGE)
    code = trace(node, functions=LANGUAGE.functions)
    varies = code.depends("column")
    constants = {"rows_from": np.array([0]), "rows_to": np.array([1])}
    nodes, values = [], []
    for i, step in enumerate(code.steps):
        value = f"v{i}"
        values.append(value)
        if step.op == "number":
            finite(step.value, LANGUAGE)
            constants[value] = np.array(step.value)
        elif step.op == "column":
            constants[f"{value}_at"] = np.array(int(step.value))
            nodes.append(helper.make_node("Gather", ["X", f"{value}_at"], [value], axis=1))
        else:
            inputs = [values[a] for a in step.args]
            nodes.append(helper.make_node(LANGUAGE.spell(step.op), inputs, [value]))
    if varies[-1]:
        nodes.append(helper.make_node("Identity", [values[-1]], ["y"]))
    else:  # one number for all rows
        nodes.append(helper.make_node("Shape", ["X"], ["shape"]))
        nodes.append(helper.make_node("Slice", ["shape", "rows_from", "rows_to"], ["rows"]))
        nodes.append(helper.make_node("Expand", [values[-1], "rows"], ["y"]))
    used = {name for n in nodes for name in n.input}
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("X", TensorProto.DOUBLE, ["n", len(names)])],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, ["n"])],
        [numpy_helper.from_array(a, key) for key, a in constants.items() if key in used],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="sklearn-trm"
    )
    model.ir_version = _IR
    model.doc_string = to_text(node, names)
    helper.set_model_props(model, {"columns": "\n".join(names)})
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)
