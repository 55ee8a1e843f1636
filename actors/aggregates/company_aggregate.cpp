#include "actors/aggregates/company_aggregate.hpp"

#include "actors/entities_impl.hpp"

template class musterd::region<musterd::company_aggregate>;
template class musterd::entities<musterd::company_aggregate>;
