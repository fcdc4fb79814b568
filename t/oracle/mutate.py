# mutate.py - Blind changes of the bytes of a message.
# SPDX-License-Identifier: GPL-2.0-or-later

import packets


def put(data, start, end, new):
    return data[:start] + new + data[end:]


def flip_bit(rng, data, start, end):
    at = rng.randrange(start, end)
    return put(data, at, at + 1, bytes([data[at] ^ 1 << rng.randrange(8)]))


def set_byte(rng, data, start, end):
    at = rng.randrange(start, end)
    return put(data, at, at + 1,
               bytes([rng.choice([0, 1, 127, 128, 255, rng.randrange(256)])]))


def step_byte(rng, data, start, end):
    at = rng.randrange(start, end)
    return put(data, at, at + 1,
               bytes([(data[at] + rng.choice([-1, 1])) & 255]))


def insert_bytes(rng, data, start, end):
    at = rng.randint(start, end)
    return put(data, at, at, rng.randbytes(rng.choice([1, 1, 2, 8])))


def delete_bytes(rng, data, start, end):
    at = rng.randrange(start, end)
    return put(data, at, min(end, at + rng.choice([1, 1, 2, 8])), b"")


def repeat_bytes(rng, data, start, end):
    at = rng.randrange(start, end)
    n = rng.choice([1, 2, 8, 30])
    return put(data, at, at, data[at:min(end, at + n)])


def fill_field(rng, data, start, end):
    return put(data, start, end, rng.choice([b"\0", b"\xff"]) * (end - start))


def cut_message(rng, data, start, end):
    return data[:rng.randrange(start, end)]


CHANGES = [(flip_bit, 6), (set_byte, 3), (step_byte, 3), (insert_bytes, 2),
           (delete_bytes, 2), (repeat_bytes, 1), (fill_field, 1),
           (cut_message, 1)]


def change_field(rng, data):
    """Change one field, and say which."""
    name, start, end = rng.choice(packets.fields(data))
    change = rng.choices([c for c, _ in CHANGES], [w for _, w in CHANGES])[0]
    return name, change(rng, data, start, end)


def change_packets(rng, data, other):
    """Swap, repeat or drop whole packets, or take one of OTHER."""
    parts, more = packets.pieces(data), packets.pieces(other)
    i, kind = rng.randrange(len(parts)), rng.randint(0, 5)
    if kind == 0:
        j = rng.randrange(len(parts))
        parts[i], parts[j] = parts[j], parts[i]
    elif kind == 1:
        parts.insert(rng.randint(0, len(parts)), parts[i])
    elif kind == 2:
        parts.pop(i)
    elif kind == 3:
        parts.insert(rng.randint(0, len(parts)), rng.choice(more))
    elif kind == 4:
        parts[i] = more[min(i, len(more) - 1)]
    else:
        rng.shuffle(parts)
    return "packets", b"".join(parts)


def change_length(rng, data):
    """The length that one packet says, or the form in which it says it."""
    try:
        found = list(packets.walk(data))
    except ValueError:
        return change_field(rng, data)
    i = rng.randrange(len(found))
    out = b""
    for j, (tag, at, body, end) in enumerate(found):
        if j != i:
            out += data[at:end]
        elif rng.random() < .5:
            out += packets.packet(tag, data[body:end], rng.choice(
                packets.HEADERS + ["old-", "partial9", "partial4"]))
        else:
            n = end - body + rng.choice([-30, -2, -1, 1, 2, 30, 1000])
            made = packets.packet(tag, bytes(max(0, n)), rng.choice(
                packets.HEADERS))
            out += made[:len(made) - max(0, n)] + data[body:end]
    return "packet length", out


def mutated(rng, data, others):
    """DATA changed, and what was changed."""
    kind = rng.random()
    if kind < .75:
        name, data = change_field(rng, data)
    elif kind < .88:
        name, data = change_length(rng, data)
    else:
        name, data = change_packets(rng, data, rng.choice(others))
    if rng.random() < .05:
        _, data = change_field(rng, data) if data else (name, data)
    return name, data
