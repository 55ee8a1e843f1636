#include "actors/aggregates/person_aggregate.hpp"

#include "actors/entities_impl.hpp"

template class musterd::region<musterd::person_aggregate>;
template class musterd::entities<musterd::person_aggregate>;
