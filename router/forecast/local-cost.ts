/** What local models cost, and when they pay. */
import { fromUsd, type NanoUsd } from '../../config/money.ts';

export interface LocalMachine {
  /** Drawn while it works. */
  watts: number;
  hoursPerDay: number;
  usdPerKwh: number;
  /** Rent of a GPU, or what a bought one loses a month; 0 for hardware that is there anyway. */
  usdPerMonth: number;
  /** Rent by the hour, for the hours it works. */
  usdPerGpuHour: number;
}

const daysPerMonth = 30;

/** Electricity and rent over some days. */
export function localCost(machine: LocalMachine, days: number): NanoUsd {
  const hours = machine.hoursPerDay * days;
  const electricity = (machine.watts / 1_000) * hours * machine.usdPerKwh;
  const rent = machine.usdPerGpuHour * hours + (machine.usdPerMonth / daysPerMonth) * days;
  return fromUsd(electricity + rent);
}

/**
 * Actions a day from which a machine pays: its cost a day over what one action saves. Infinity where an action
 * saves nothing.
 */
export function breakEvenPerDay(costPerDay: NanoUsd, savedPerAction: NanoUsd): number {
  if (costPerDay <= 0) return 0;
  return savedPerAction <= 0 ? Number.POSITIVE_INFINITY : Math.ceil(costPerDay / savedPerAction);
}

/** Which models the documents advise for a number of actions a day. */
export function adviceFor(perDay: number): string {
  if (perDay < 50)
    return 'under 50 a day: phi3-mini and llama3-8b for simple work, Claude Haiku for the rest';
  if (perDay <= 200) {
    return '50 to 200 a day: phi3-mini and llama3-8b, mixtral-8x7b and codestral-22b, Claude Sonnet for the rest';
  }
  return 'over 200 a day: as for 50 to 200, and the 70B model on a GPU of its own';
}
