from stream.pipeline.liveness import Liveness, Offsets


def test_lag_without_a_commit_is_a_stall_and_a_commit_ends_it() -> None:
    liveness = Liveness(60)
    liveness.observe({"g": Offsets(10, 5)}, 0)
    liveness.observe({"g": Offsets(10, 500)}, 60)
    assert liveness.stalled(60) == []
    assert liveness.stalled(61) == ["g: 500 records wait and none was committed for 61 s"]
    liveness.observe({"g": Offsets(11, 499)}, 62)
    assert liveness.stalled(100) == []


def test_a_quiet_stream_is_no_stall() -> None:
    liveness = Liveness(60)
    for now in (0, 1000):
        liveness.observe({"g": Offsets(10, 0)}, now)
    assert liveness.stalled(1059) == []
