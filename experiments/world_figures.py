"""The worlds in pictures: when people apply, what stops them, whom it costs, how risky they are.

Question
    What does each preset look like?
Command
    python experiments/world_figures.py
    About half a minute on one core.
Result
    data/synthetic/figures/<preset>.png, shown in data/synthetic/README.md.
"""

from pathlib import Path

from riskkit.applicants.world import PRESETS, draw_applicants, preset
from riskkit.reports import save_figure, world_figure

FIGURES = Path(__file__).parents[1] / "data" / "synthetic" / "figures"
ROWS, SEED = 400_000, 20261123


def main() -> None:
    """Draw and save one figure for each preset."""
    FIGURES.mkdir(exist_ok=True)
    for name in PRESETS:
        spec = preset(name)
        world = draw_applicants(spec, ROWS, seed=SEED)
        figure = world_figure(spec, world, title=f"{name}: {spec.summary['en']}")
        save_figure(figure, FIGURES / f"{name}.png", overwrite=True)
        print(f"data/synthetic/figures/{name}.png")


if __name__ == "__main__":
    main()
