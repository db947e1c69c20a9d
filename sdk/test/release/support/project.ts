/** An empty project in a temporary folder, with one of the built packages installed. */
export interface Project {
  /** Runs a program, given by its path, as this project's own. Answers what it printed. */
  run(file: string, environment: Readonly<Record<string, string>>): Promise<string>;
  /** Removes the project. */
  close(): Promise<void>;
}
