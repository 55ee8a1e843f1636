#include "actors/aggregates/job_timer_aggregate.hpp"

#include "actors/entities_impl.hpp"

template class musterd::region<musterd::job_timer_aggregate>;
template class musterd::entities<musterd::job_timer_aggregate>;
