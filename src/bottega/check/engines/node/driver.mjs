// What the programs around analysers share. Told on standard input as JSON: {"packages": folder of packages, ...}.
// With "files" an analyser looks at them, by text: {"found": {file: [...]}, "unread": {file: reason}} is written.
// Without, it tells its rules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export const told = JSON.parse(readFileSync(0, "utf8"));
export const require = createRequire(`${told.packages}/`);

export const drive = async ({ rules, look }) => {
  if (!told.files) {
    process.stdout.write(JSON.stringify(await rules()));
    return;
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const found = {};
  const unread = {};
  for (const file of told.files) {
    try {
      const text = decoder.decode(readFileSync(file));
      // Analysers count in halves of letters outside of the first plane.
      const lines = text.split(/\r?\n/);
      const letters = (line, column) => [...(lines[line - 1] ?? "").slice(0, column - 1)].length + 1;
      const place = (offset) => {
        const before = text.slice(0, offset).split("\n");
        return [before.length, [...before.at(-1)].length + 1];
      };
      const edit = ({ range, text: replacement }) => {
        const [[line, column], [end_line, end_column]] = range.map(place);
        return { line, column, end_line, end_column, text: replacement };
      };
      found[file] = (await look(text, file)).map(({ column, end_line = 0, end_column = 0, fix, ...finding }) => ({
        ...finding,
        ...(fix && { fixes: [{ description: `as ${told.title} would write it`, edits: [edit(fix)] }] }),
        column: letters(finding.line, column),
        end_line,
        end_column: end_line ? letters(end_line, end_column) : 0,
      }));
    } catch (error) {
      unread[file] = String(error.message ?? error);
    }
  }
  process.stdout.write(JSON.stringify({ found, unread }));
};
