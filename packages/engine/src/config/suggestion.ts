import { distance } from "fastest-levenshtein";

/** The candidate that was probably meant, or `undefined` when none is near: a third of the letters may differ. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const plain = simplify(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of candidates) {
    const found = slips(plain, simplify(candidate));
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? "" : ` (did you mean "${found}"?)`;
}

/** Letters to change, add or leave out; two neighbours that changed places are one slip, not two. */
function slips(one: string, other: string): number {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  const swapped = `${one.slice(0, at)}${one[at + 1]}${one[at]}${one.slice(at + 2)}`;
  return at >= 0 && swapped === other ? 1 : distance(one, other);
}

// Upper case, dashes and missing separators are the commonest slips: they count as nothing.
function simplify(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, "");
}
