#include "actors/aggregates/offboarding_aggregate.hpp"

#include "actors/entities_impl.hpp"

template class musterd::region<musterd::offboarding_aggregate>;
template class musterd::entities<musterd::offboarding_aggregate>;
