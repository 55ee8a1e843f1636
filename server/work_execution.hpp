#pragma once

#include "messaging/handlers/job_timer_stopper.hpp"
#include "server/parts.hpp"

namespace musterd {

/// What becomes of a StopJobTimers: the technician's record stops what runs, or, in a drill, it is refused.
/// A message only says which command of an offboarding it is of; what is asked for stands in the case.
job_timer_stopper::stop_fn stop_function(work_execution mode, entities<offboarding_aggregate>& cases,
                                         entities<job_timer_aggregate>& timers,
                                         const journal_client& commits);

}  // namespace musterd
