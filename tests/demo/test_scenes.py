"""Every scene, played to its end on simulated time: what it promises must come true."""

from datetime import timedelta
from pathlib import Path

import pytest

from vmms_tui.demo.director import Director
from vmms_tui.demo.scenes import SCENES
from vmms_tui.demo.show import Scene
from vmms_tui.demo.stage import STEP, Stage

HOUR = timedelta(hours=1)
LONG_STEP = 60.0
"""Simulated seconds between two turns of the loops where nothing happens for long."""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_what_a_scene_promises_comes_true(scene: Scene, tmp_path: Path) -> None:
    stage = await Stage(tmp_path, start=scene.start).open()
    director = Director(stage, scene)
    for number, step in enumerate(scene.steps, 1):
        await stage.advance(max(0.001, director.begins(step)), LONG_STEP)
        assert director.done == number
        assert step.says in director.caption

        def all_true() -> bool:
            return all(check.holds(stage) for check in step.sees)  # noqa: B023 called before the next step

        seen = await stage.until(all_true, step.within, STEP if step.within < HOUR else LONG_STEP)
        missing = [check.says for check in step.sees if not check.holds(stage)]
        assert seen, f"{scene.name} {number}, {stage.now:%a %H:%M:%S}: {missing}"
    await stage.close()


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_steps_of_a_scene_come_in_their_order_and_leave_each_other_time(scene: Scene) -> None:
    times = [step.at for step in scene.steps]
    assert times == sorted(times)
    assert times[0] == timedelta(0)
    assert all(step.sees for step in scene.steps)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_scene_without_its_deeds_does_not_keep_its_promises(scene: Scene, tmp_path: Path) -> None:
    """The checks can fail: where nothing is done, something that was promised is missing."""
    stage = await Stage(tmp_path, start=scene.start).open()
    kept = []
    for step in scene.steps:
        kept += [check.holds(stage) for check in step.sees]
    assert not all(kept)
    await stage.close()
