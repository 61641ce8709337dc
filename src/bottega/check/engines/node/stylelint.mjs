// Looks at files with Stylelint's own function, by text and without their names: with names it would heed what the
// repository says. Told beside "packages" and "files": {"rules": [...], "plain": [...]}; "plain" are rules for CSS
// itself only. It tells the rules that can simply be on.
import { pathToFileURL } from "node:url";
import { drive, require, told } from "./driver.mjs";

const { default: stylelint } = await import(pathToFileURL(require.resolve("stylelint")).href);

const lint = async (code, names, customSyntax) => {
  const rules = Object.fromEntries(names.map((name) => [name, true]));
  return (await stylelint.lint({ code, config: { rules, ...(customSyntax && { customSyntax }) } })).results[0];
};

await drive({
  rules: async () => {
    const names = Object.keys(stylelint.rules);
    const refused = (await lint("a {}", names)).invalidOptionWarnings.map(({ text }) => text);
    const usable = names.filter((name) => !refused.some((text) => text.includes(`"${name}"`)));
    const metas = await Promise.all(usable.map(async (name) => [name, (await stylelint.rules[name]).meta ?? {}]));
    return metas.map(([name, { url, fixable }]) => ({ name, url, fixable: !!fixable }));
  },
  look: async (text, file) => {
    const kind = /\.(scss|less)$/i.exec(file)?.[1].toLowerCase();
    const names = kind ? told.rules.filter((name) => !told.plain.includes(name)) : told.rules;
    const { warnings } = await lint(text, names, kind && require(`postcss-${kind}`));
    return warnings.map((it) => ({
      code: it.rule,
      message: it.text,
      line: it.line,
      column: it.column,
      end_line: it.endLine,
      end_column: it.endColumn,
    }));
  },
});
