#pragma once

#include "domain/company/service.hpp"
#include "persistence/sql/pages/page_query.hpp"

namespace musterd {

/// Live services by name, with their valid secrets.
page<service_view> find_services(pqxx::transaction_base& tx, tenant_uuid tenant, const page_limits& limits);
std::optional<service_view> find_service(pqxx::transaction_base& tx, tenant_uuid tenant, service_uuid id);

}  // namespace musterd
