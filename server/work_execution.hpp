#pragma once

#include "messaging/handlers/job_timer_stopper.hpp"
#include "server/parts.hpp"

namespace musterd {

/// Handles StopJobTimers: the technician's record stops what runs or, in a drill, it is refused. The message
/// only names the command of an offboarding case; the case says what is requested.
job_timer_stopper::stop_fn stop_function(work_execution mode, entities<offboarding_aggregate>& cases,
                                         entities<job_timer_aggregate>& timers,
                                         const journal_client& commits);

}  // namespace musterd
