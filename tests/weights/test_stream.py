"""How a file is read: into memory that the kernel fills quickly, whole, in order."""

import numpy as np
import pytest

from catalog.weights import stream

PAGE = 4096


@pytest.mark.parametrize("overlap", [False, True])
@pytest.mark.parametrize("size", [0, 1, stream.CHUNK + 1])
def test_chunks_begin_where_a_page_does(tmp_path, size, overlap):
    """Wherever else an allocator puts a buffer, copying out of the page cache takes longer."""
    (tmp_path / "file").write_bytes(content := bytes(range(251)) * (size // 251 + 1))
    chunks, places = [], set()

    def consume(offset, chunk):
        assert offset == sum(map(len, chunks))
        chunks.append(bytes(chunk))
        places.add(np.frombuffer(chunk, np.uint8).ctypes.data % PAGE)

    with stream.OpenFile(tmp_path / "file", "file") as file:
        stream.pump(file, [consume], tick=lambda _: None, overlap=overlap)
    assert b"".join(chunks) == content
    assert places == {0}
