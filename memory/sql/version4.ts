/** Version 4: what was paid without an accepted answer is found by its time, for the lines of llm_cost. */
export const version4 = `
create index calls_paid_unanswered on calls (finished_at, seq) where answer_id is null and cost_nano > 0;
`;
