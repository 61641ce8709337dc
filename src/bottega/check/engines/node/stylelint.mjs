// Looks at files with Stylelint's own function, by text and without their names: with names it would heed what the
// repository says. Told on standard input: {"packages": folder, "rules": [...], "plain": [...], "files": [...]};
// "plain" are rules for CSS itself only. Without files it tells the rules that can simply be on.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const told = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(`${told.packages}/stylelint/package.json`);
const { default: stylelint } = await import(pathToFileURL(require.resolve("stylelint")).href);

const look = async (code, names, customSyntax) => {
  const rules = Object.fromEntries(names.map((name) => [name, true]));
  return (await stylelint.lint({ code, config: { rules, ...(customSyntax && { customSyntax }) } })).results[0];
};

if (!told.files) {
  const names = Object.keys(stylelint.rules);
  const refused = (await look("a {}", names)).invalidOptionWarnings.map(({ text }) => text);
  const usable = names.filter((name) => !refused.some((text) => text.includes(`"${name}"`)));
  const metas = await Promise.all(usable.map(async (name) => [name, (await stylelint.rules[name]).meta ?? {}]));
  process.stdout.write(JSON.stringify(metas.map(([name, { url, fixable }]) => ({ name, url, fixable: !!fixable }))));
} else {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const found = {};
  const unread = {};
  const others = told.rules.filter((name) => !told.plain.includes(name));
  for (const file of told.files) {
    try {
      const text = decoder.decode(readFileSync(file));
      const kind = /\.(scss|less)$/i.exec(file)?.[1].toLowerCase();
      const { warnings } = await look(text, kind ? others : told.rules, kind && require(`postcss-${kind}`));
      // It counts in halves of letters outside of the first plane.
      const lines = text.split(/\r?\n/);
      const letters = (line, column) => [...(lines[line - 1] ?? "").slice(0, column - 1)].length + 1;
      found[file] = warnings.map((it) => ({
        code: it.rule,
        message: it.text,
        line: it.line,
        column: letters(it.line, it.column),
        end_line: it.endLine ?? 0,
        end_column: it.endLine ? letters(it.endLine, it.endColumn) : 0,
      }));
    } catch (error) {
      unread[file] = String(error.message ?? error);
    }
  }
  process.stdout.write(JSON.stringify({ found, unread }));
}
