#include "persistence/audit/chain/audit_chain.hpp"

namespace musterd {
namespace {

std::string_view bytes_of(const auto& value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

}  // namespace

chain_hash hash_of(const audit_key& key, const chain_opening& opening, opening_form form) {
  std::string earlier;
  for (const auto& head : opening.earlier)
    earlier += to_string(head.chain_id) + ' ' + std::to_string(head.seq) + ' ' + to_hex(head.hash) + '\n';
  std::string_view kind = form == opening_form::names_all_open ? "opening of all" : "opening";
  return key.hash({kind, bytes_of(opening.tenant.value.bytes), bytes_of(opening.chain_id.bytes),
                   to_string(opening.opened_at), earlier});
}

std::optional<opening_form> form_of(const audit_key& key, const chain_opening& opening,
                                    const chain_hash& mac) {
  for (auto form : {opening_form::names_all_open, opening_form::names_unnamed})
    if (hash_of(key, opening, form) == mac)
      return form;
  return std::nullopt;
}

chain_hash hash_of(const audit_key& key, const chain_head& previous, const row_write& entry) {
  // Concatenated elements are only unambiguous together with their lengths.
  std::string ends;
  for (std::size_t i = 0; i < entry.size(); ++i) {
    write_json(ends, entry.element(i).size());
    ends += ' ';
  }
  return key.hash({"entry", bytes_of(previous.hash), bytes_of(previous.chain_id.bytes),
                   std::to_string(previous.seq + 1), ends, entry.text()});
}

const table_spec& chained_entry_spec() {
  static const table_spec spec = [] {
    auto result = spec_of<audit_entry>();
    for (column_spec own :
         {column_spec{"chain_id", "uuid", ""}, {"chain_seq", "bigint", ""}, {"entry_hash", "bytea", ""}})
      result.columns.push_back(own);
    return result;
  }();
  return spec;
}

row_write link_entry(const audit_key& key, chain_head& head, const row_write& entry) {
  head.hash = hash_of(key, head, entry);
  ++head.seq;
  row_write result{chained_entry_spec(), entry};
  result.add(head.chain_id);
  result.add(head.seq);
  result.add(bytea_of(head.hash));
  return result;
}

std::string bytea_of(const chain_hash& hash) {
  return "\\x" + to_hex(hash);
}

}  // namespace musterd
