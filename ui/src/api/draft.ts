// Shapes of answers that the hub's document does not describe yet. Each goes as soon as `schema.ts` has it.
export interface Environment {
  state: string;
  outdated: boolean;
  problem: string | null;
  python: string | null;
  packages: Record<string, string>;
  path: string;
}
