import { parseAllDocuments } from 'yaml';

/** Why a text is not YAML, in one line, or undefined. Unknown tags are no error: other programs define them. */
export function yamlSyntaxError(text: string): string | undefined {
  const documents = parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: true });
  if (!Array.isArray(documents)) return undefined;
  for (const document of documents) {
    const [error] = document.errors;
    if (error !== undefined) return error.message.split('\n')[0];
  }
  return undefined;
}
