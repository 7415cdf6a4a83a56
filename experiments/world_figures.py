"""The worlds in pictures: when people apply, what stops them, whom it costs, how risky they are.

Question
    What does each preset look like?
Command
    python experiments/world_figures.py
    About half a minute on one core.
Result
    data/synthetic/figures/<preset>.png and results/worlds.md, the headline rates of 400,000
    applications each; both stand in data/synthetic/README.md.
"""

from pathlib import Path

from riskkit.applicants.world import PRESETS, draw_applicants, headline_rates, preset
from riskkit.reports import percent, save_figure, world_figure

FIGURES = Path(__file__).parents[1] / "data" / "synthetic" / "figures"
RESULTS = Path(__file__).parent / "results" / "worlds.md"
ROWS, SEED = 400_000, 20261123


def main() -> None:
    """Draw and save one figure for each preset, and their rates."""
    FIGURES.mkdir(exist_ok=True)
    rates = {}
    for name in PRESETS:
        spec = preset(name)
        world = draw_applicants(spec, ROWS, seed=SEED)
        rates[name] = headline_rates(world.counts)
        figure = world_figure(spec, world, title=f"{name}: {spec.summary['en']}")
        save_figure(figure, FIGURES / f"{name}.png", overwrite=True)
    lines = [f"| rate | {' | '.join(PRESETS)} |", "|---" * (1 + len(PRESETS)) + "|"]
    for rate in rates["calm"]:
        shares = (percent(rates[name][rate]) for name in PRESETS)
        lines.append(f"| {rate.replace('_', ' ')} | {' | '.join(shares)} |")
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
