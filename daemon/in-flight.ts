/** Why an action's work is being stopped. */
export type StopReason = 'cancelled' | 'shutdown' | 'killed' | 'lost';

interface Flight {
  jobId: string;
  stop: AbortController;
}

/** The actions this daemon is working on right now. */
export interface InFlight {
  start(actionId: string, jobId: string): AbortSignal;
  end(actionId: string): void;
  has(actionId: string): boolean;
  stop(actionId: string, reason: StopReason): boolean;
  stopJob(jobId: string, reason: StopReason): void;
  stopAll(reason: StopReason): void;
  size(): number;
}

export function createInFlight(): InFlight {
  const flights = new Map<string, Flight>();
  return {
    start(actionId, jobId) {
      const stop = new AbortController();
      flights.set(actionId, { jobId, stop });
      return stop.signal;
    },
    end: (actionId) => void flights.delete(actionId),
    has: (actionId) => flights.has(actionId),
    stop(actionId, reason) {
      const flight = flights.get(actionId);
      flight?.stop.abort(reason);
      return flight !== undefined;
    },
    stopJob(jobId, reason) {
      for (const flight of flights.values()) if (flight.jobId === jobId) flight.stop.abort(reason);
    },
    stopAll(reason) {
      for (const flight of flights.values()) flight.stop.abort(reason);
    },
    size: () => flights.size,
  };
}
