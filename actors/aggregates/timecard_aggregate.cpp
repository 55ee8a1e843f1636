#include "actors/aggregates/timecard_aggregate.hpp"

#include "actors/entities_impl.hpp"

template class musterd::region<musterd::timecard_aggregate>;
template class musterd::entities<musterd::timecard_aggregate>;
