#pragma once

#include "http/routing/call.hpp"
#include "http/routing/database_route.hpp"
#include "http/routing/query.hpp"

namespace musterd {

/// A read's parameters: a described struct, each member in the query string, or in the path if the route's
/// template names it. `meanings` documents each. Ids, texts, dates and instants are required unless
/// std::optional; other members keep their initial values if left out. A `validate` for the struct may refuse
/// more.
template <class Query>
concept asked_by_parameters =
    described_struct<Query> && Query::meanings.size() == boost::mp11::mp_size<members_of<Query>>::value;

namespace detail {

template <class T>
inline constexpr bool has_to_be_given =
    !is_optional<T> && !std::same_as<T, bool> && !std::integral<T> && !described_enum<T>;

template <class T>
struct parameter_type {
  using type = T;
};
template <class T>
struct parameter_type<std::optional<T>> {
  using type = T;
};

template <class D, class Query>
using member_of = std::remove_cvref_t<decltype(std::declval<Query>().*D::pointer)>;

}  // namespace detail

/// Fills the members; errors stay with the reader.
template <asked_by_parameters Query>
Query read_parameters(const http_call& call, query_reader& from) {
  Query result{};
  for_each_member<Query>([&](auto d) {
    using member = detail::member_of<decltype(d), Query>;
    using value = typename detail::parameter_type<member>::type;
    constexpr auto name = camel_name<decltype(d)>;
    std::optional<value> given;
    if (call.has_parameter(name))
      given = from.parse<value>(name, call.parameter(name));
    else if constexpr (detail::has_to_be_given<member>)
      given = from.require<value>(name);
    else
      given = from.get<value>(name);
    if (given)
      result.*d.pointer = std::move(*given);
  });
  if constexpr (std::vector<field_error> found; requires { validate(result, found); }) {
    if (from.fits()) {
      validate(result, found);
      from.add(std::move(found));
    }
  }
  return result;
}

/// A call's parameters, or the fault that names every wrong one.
template <asked_by_parameters Query>
outcome<Query> query_of(const http_call& call) {
  query_reader reader{call.request};
  auto result = read_parameters<Query>(call, reader);
  if (auto ok = reader.check(); !ok)
    return outcome<Query>{boost::system::in_place_error, ok.error()};
  return outcome<Query>{boost::system::in_place_value, std::move(result)};
}

/// A handler for a list: `outcome<http_response> find(tx, call, query, limits)`. Lists queue behind each
/// other, nothing else behind them.
template <asked_by_parameters Query, class Find>
handler_fn list_of(read_pool& reads, Find find, std::int64_t reach = most_counted) {
  return [&reads, find, reach](http_call&& call) {
    query_reader reader{call.request};
    auto query = read_parameters<Query>(call, reader);
    auto limits = page_of(reader, reach);
    if (!limits)
      return call.respond(limits.error());
    answer_from_database(
        std::move(call), reads,
        [find, query = std::move(query), limits = std::move(*limits)](pqxx::transaction_base& tx,
                                                                      const http_call& held) {
          return outcome<http_response>{find(tx, held, query, limits)};
        },
        read_use::list);
  };
}

/// The parameters' docs.
template <asked_by_parameters Query>
std::vector<query_docs> parameters_of() {
  std::vector<query_docs> result;
  for_each_member<Query>([&](auto d) {
    using member = detail::member_of<decltype(d), Query>;
    using value = typename detail::parameter_type<member>::type;
    result.push_back({std::string{camel_name<decltype(d)>}, std::string{Query::meanings[result.size()]},
                      schema_in_urls<value>, detail::has_to_be_given<member>});
  });
  return result;
}

/// A list's docs.
template <asked_by_parameters Query, class Item>
route_docs list_docs(std::string name, std::string description) {
  return {.name = std::move(name),
          .description = std::move(description),
          .response = schema_of<page<Item>>,
          .query = paged(parameters_of<Query>())};
}

/// For a list without parameters of its own.
struct whole_list {
  static constexpr std::array<std::string_view, 0> meanings{};
};
BOOST_DESCRIBE_STRUCT(whole_list, (), ())

}  // namespace musterd
