import type { Classified } from "../keyring/trial.ts";
import { cellShape } from "./cell-shape.ts";

/** Shapes of one column that are told of; more would hide what matters. */
const MOST_SHAPES = 5;

/** Counts what sampled cells are like: those that no key proves to be its own, which somebody has to judge by eye. */
export class SampleShapes {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Cells that a key proves are nobody's question: what they hold stays unseen. */
  add(column: string, result: Classified, value: Uint8Array): void {
    if (result.under !== "unknown" && result.proven) return;
    const under = result.under === "unknown" ? "that no key opens" : `under ${result.version}`;
    const place = `${column}: cells ${under}`;
    const shapes = this.#counts.get(place) ?? new Map<string, number>();
    const shape = cellShape(value);
    shapes.set(shape, (shapes.get(shape) ?? 0) + 1);
    this.#counts.set(place, shapes);
  }

  /** One line for each column and key, the commonest shapes first. */
  lines(): readonly string[] {
    return [...this.#counts].map(([place, shapes]) => {
      const sorted = [...shapes].sort(([, a], [, b]) => b - a);
      const shown = sorted.slice(0, MOST_SHAPES).map(([shape, cells]) => `${cells} ${shape}`);
      const others = sorted.slice(MOST_SHAPES).reduce((sum, [, cells]) => sum + cells, 0);
      return `${place} are like this: ${[...shown, ...(others > 0 ? [`${others} other`] : [])].join("; ")}`;
    });
  }
}
