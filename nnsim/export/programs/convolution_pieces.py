"""Convolution and pooling in a program: their functions, and the lines of a pass forward and back."""

from nnsim.nn.convolution import Convolution, Maps, Pooling

IMPORT = "from numpy.lib.stride_tricks import sliding_window_view"

# Pictures are (rows, channels, height, width) inside of these functions; between layers each row of them is flat.
WINDOWS = '''
def windows(x, size, side, stride=1, padding=0):
    """The windows of side x side pixels of pictures, (rows, down, across, channels * side * side)."""
    x = np.pad(x.reshape(-1, *size), [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    found = sliding_window_view(x, (side, side), axis=(2, 3))[:, :, ::stride, ::stride]
    return found.transpose(0, 2, 3, 1, 4, 5).reshape(len(x), *found.shape[2:4], -1)
'''
PIXELS = '''
def pixels(found, size, side, stride=1, padding=0):
    """Adds up what windows give back to each pixel: the way back from `windows`."""
    rows, down, across, _ = found.shape
    (channels, height, width), p = size, padding
    found = found.reshape(rows, down, across, channels, side, side).transpose(0, 3, 4, 5, 1, 2)
    x = np.zeros((rows, channels, height + 2 * p, width + 2 * p), found.dtype)
    for i in range(side):
        for j in range(side):
            x[:, :, i : i + stride * down : stride, j : j + stride * across : stride] += found[:, :, i, j]
    return x[:, :, p : p + height, p : p + width].reshape(rows, -1)
'''


def _window(layer: Convolution) -> str:
    """The arguments of `windows` and `pixels` behind the array."""
    found = f"{tuple(layer.before)}, {layer.kernel}"
    found += f", stride={layer.stride}" if layer.stride != 1 else ""
    return found + (f", padding={layer.padding}" if layer.padding else "")


def _back(maps: Maps, slope: str) -> str:
    """Slopes of flat pictures as (rows, down, across, channels)."""
    return f"{slope}.reshape(-1, {', '.join(map(str, maps))}).transpose(0, 2, 3, 1)"


def convolved(layer: Convolution, k: str, inputs: str, z: str) -> list[str]:
    """The lines that lead through a convolution."""
    bias = f" + bK{k}" if layer.bias else ""
    return [
        f"windows{k} = windows({inputs}, {_window(layer)})",
        f"{z} = (windows{k} @ K{k}{bias}).transpose(0, 3, 1, 2).reshape(len({inputs}), -1)",
    ]


def convolved_back(layer: Convolution, k: str, slope: str, before: str, foremost: bool) -> list[str]:
    """Those back; without dC/d(inputs), `before`, where nobody needs it."""
    found = [
        f"s{k} = {_back(layer.after, slope)}",
        f"dK{k} = np.tensordot(windows{k}, s{k}, axes=([0, 1, 2], [0, 1, 2]))",
    ]
    found += [f"dbK{k} = s{k}.sum(axis=(0, 1, 2))"] if layer.bias else []
    return found + ([] if foremost else [f"{before} = pixels(s{k} @ K{k}.T, {_window(layer)})"])


def pooled(layer: Pooling, k: str, inputs: str, outputs: str) -> list[str]:
    """The lines that lead through pooling: squares are windows that do not overlap."""
    channels, down, across = layer.after
    taken = f"windows({inputs}, {tuple(layer.before)}, {layer.side}, stride={layer.side})"
    mode = "max" if layer.mode == "max" else "mean"
    return [
        f"squares{k} = {taken}.reshape(-1, {down}, {across}, {channels}, {layer.side**2})",
        f"{outputs} = squares{k}.{mode}(axis=-1).transpose(0, 3, 1, 2).reshape(len({inputs}), -1)",
    ]


def pooled_back(layer: Pooling, k: str, slope: str, before: str) -> list[str]:
    count = layer.side**2
    share = f"share{k} = np.full({count}, 1 / {count}, {slope}.dtype)"
    if layer.mode == "max":
        share = (
            f"share{k} = squares{k}.argmax(axis=-1)[..., None] == np.arange({count})  # the first of the largest"
        )
    channels, down, across = layer.after
    return [
        share,
        f"parts{k} = {_back(layer.after, slope)}[..., None] * share{k}",
        f"parts{k} = parts{k}.reshape(-1, {down}, {across}, {channels * count})",
        f"{before} = pixels(parts{k}, {tuple(layer.before)}, {layer.side}, stride={layer.side})",
    ]
