/** Topics answered from the ledger; nobody may write to them, and export and search leave them out. */
export const reservedTopics: readonly string[] = ['llm_cost', 'llm_summary'];
