#pragma once

#include "messaging/handlers/job_timer_stopper.hpp"
#include "server/parts.hpp"

namespace musterd {

/// Whether timers are kept here, by `workexec.mode`: otherwise the commands are somebody else's, and so is
/// their queue.
bool is_work_execution_here(const server_config& config);

/// What becomes of a StopJobTimers: the technician's record stops what runs, or, in a drill, it is refused.
/// A message only says which command of an offboarding it is of; what is asked for stands in the case.
job_timer_stopper::stop_fn stop_function(const server_config& config, entities<offboarding_aggregate>& cases,
                                         entities<job_timer_aggregate>& timers,
                                         const outside_commit& commits);

}  // namespace musterd
