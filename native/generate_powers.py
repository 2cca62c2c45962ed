"""Writes `powers_of_five.h`, the table of 128-bit powers of five of the Eisel-Lemire algorithm: `python generate_powers.py > powers_of_five.h`.

Each entry is 5^q for q from -342 to 308, scaled by a power of two so that the highest of its 128 bits is set. Powers with a positive exponent are rounded
down, reciprocals up (D. Lemire, "Number parsing at a gigabyte per second", 2021, section 5).
"""

from __future__ import annotations

import sys

LOWEST, HIGHEST = -342, 308
_TOP = 1 << 128


def power(exponent: int) -> int:
    """The upper 128 bits of a power of five."""
    five = 5 ** abs(exponent)
    if exponent >= 0:
        shift = 128 - five.bit_length()
        return five << shift if shift >= 0 else five >> -shift
    bits = (five - 1).bit_length()
    # Down to -27 the reciprocal has no more than 128 bits; beyond, it is computed with more bits and cut.
    value = (1 << (bits + 127 if exponent >= -27 else 2 * bits + 128)) // five + 1
    while value >= _TOP:
        value >>= 1
    return value


def header() -> str:
    """The table as C."""
    rows = [power(exponent) for exponent in range(LOWEST, HIGHEST + 1)]
    lines = [f"    {{0x{row >> 64:016x}u, 0x{row & (1 << 64) - 1:016x}u}}," for row in rows]
    return "\n".join(
        [
            "/* Made by generate_powers.py: the upper 128 bits of 5^q, high word first. */",
            f"#define LOWEST_POWER ({LOWEST})",
            f"#define HIGHEST_POWER {HIGHEST}",
            f"static const uint64_t POWERS_OF_FIVE[{len(rows)}][2] = {{",
            *lines,
            "};",
            "",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(header())
