/**
 * Names the commands in a text as this program has them: the engine and plugins speak of `cassandra-rekey run`, and a
 * bundle of a team's own has another name.
 */
export function underName(text: string, program: string): string {
  return text.replaceAll(/(?<![\w@/.-])cassandra-rekey(?= [a-z])/g, () => program);
}
