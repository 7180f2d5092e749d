"""A hint to the processor that a place in memory is wanted soon.

A pass touches two accounts for each transfer, in no order. Over millions of accounts each touch waits for main memory;
asking some transfers ahead lets the waits overlap. The hint changes no result.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

AHEAD = 32
"""Transfers between a hint and its use."""


@intrinsic
def _ask(_: Any, array: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        make_array: Any = arrayobj.make_array
        insert: Any = cgutils.get_or_insert_function
        data = make_array(signature.args[0])(context, builder, arguments[0]).data
        word = ir.IntType(32)
        byte = ir.IntType(8).as_pointer()
        hint = insert(builder.module, ir.FunctionType(ir.VoidType(), [byte, word, word, word]), "llvm.prefetch.p0")
        where = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        builder.call(hint, [where, word(1), word(3), word(1)])  # for writing, to the nearest cache, data
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


wanted: Any = _ask
"""`wanted(array, place)` in compiled code: bring `array[place]` near; the array has one dimension."""
