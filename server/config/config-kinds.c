/* config-kinds.c - The kinds of values that only the server has.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As in conf-values.c, each reader beside its writer, which gives what the
 * reader takes.  A kind that keeps more than one member takes the whole of
 * the struct that its row stands for.  */

#include "config-parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"

#define MAX_PROTECT 256
#define MAX_PREFIXES 256
#define MAX_HOURS 64
#define MAX_UNTIL 64            /* Groups of a person that end.  */


/* ----------------------------- ports ----------------------------- */

static gpg_error_t
parse_range (const struct conf_place *place, const char *text,
             struct port_range *r_range)
{
  if (netspec_range_parse (text, strlen (text), r_range))
    return conf_fail (place, "'%.60s' is not a valid port; write 'tcp/22' or"
                      " 'udp/60000-60010'", text);
  return 0;
}


CONF_TAKE (ports)
{
  struct port_set *ports = field;
  struct port_range range;
  gpg_error_t err = parse_range (place, text, &range);

  if (!err && netspec_ports_add (ports, &range))
    err = conf_fail (place, "'%.60s' is one too many: a rule has at most %d"
                     " items and %d ports, which do not overlap", text,
                     NETSPEC_MAX_RANGES, NETSPEC_MAX_PORTS);
  return err;
}


CONF_TEXT (ports)
{
  const struct port_set *ports = field;

  return i < ports->n ? netspec_range_print (ports->range + i, buf) : NULL;
}


CONF_RELEASE (ports)
{
  memset (field, 0, sizeof (struct port_set));
}


CONF_TAKE (protect)
{
  config_t config = field;
  struct port_range range;
  gpg_error_t err = parse_range (place, text, &range);
  size_t i;

  if (err)
    return err;
  for (i = 0; i < config->n_protect; i++)
    if (config->protect[i].proto == range.proto
        && config->protect[i].first <= range.last
        && range.first <= config->protect[i].last)
      return conf_fail (place, "'%.60s' overlaps one before it",
                        text);
  if (config->n_protect == MAX_PROTECT)
    return conf_fail (place, "more than %d items", MAX_PROTECT);
  err = array_grow (&config->protect, config->n_protect,
                    sizeof *config->protect);
  if (!err)
    config->protect[config->n_protect++] = range;
  return err;
}


CONF_TEXT (protect)
{
  const struct config_s *config = field;

  return i < config->n_protect
    ? netspec_range_print (config->protect + i, buf) : NULL;
}


CONF_RELEASE (protect)
{
  config_t config = field;

  free (config->protect);
  config->protect = NULL;
  config->n_protect = 0;
}


/* ---------------------- where from, and when --------------------- */

CONF_TAKE (from)
{
  struct config_rule *rule = field;
  struct net_prefix prefix;
  gpg_error_t err;

  if (netspec_prefix_parse (text, &prefix))
    return conf_fail (place, "'%.60s' is not a valid prefix; write"
                      " '203.0.113.0/24' or '2001:db8::/32', with all bits"
                      " after the prefix zero", text);
  if (rule->n_from == MAX_PREFIXES)
    return conf_fail (place, "more than %d items", MAX_PREFIXES);
  err = array_grow (&rule->from, rule->n_from, sizeof *rule->from);
  if (!err)
    rule->from[rule->n_from++] = prefix;
  return err;
}


CONF_TEXT (from)
{
  const struct config_rule *rule = field;

  return i < rule->n_from ? netspec_prefix_print (rule->from + i, buf) : NULL;
}


CONF_RELEASE (from)
{
  struct config_rule *rule = field;

  free (rule->from);
  rule->from = NULL;
  rule->n_from = 0;
}


CONF_TAKE (hours)
{
  struct config_rule *rule = field;
  struct hours hours;
  gpg_error_t err;

  if (netspec_hours_parse (text, &hours))
    return conf_fail (place, "'%.60s' are not valid hours; write"
                      " 'Mon-Fri 07:00-20:00', or '22:00-06:00' for each"
                      " day", text);
  if (rule->n_hours == MAX_HOURS)
    return conf_fail (place, "more than %d items", MAX_HOURS);
  err = array_grow (&rule->hours, rule->n_hours, sizeof *rule->hours);
  if (!err)
    rule->hours[rule->n_hours++] = hours;
  return err;
}


CONF_TEXT (hours)
{
  const struct config_rule *rule = field;

  return i < rule->n_hours ? netspec_hours_print (rule->hours + i, buf)
    : NULL;
}


CONF_RELEASE (hours)
{
  struct config_rule *rule = field;

  free (rule->hours);
  rule->hours = NULL;
  rule->n_hours = 0;
}


/* ----------------------------- people ---------------------------- */

/* "GROUP=TIME".  */
CONF_TAKE (until)
{
  struct config_user *user = field;
  const char *time = strchr (text, '=');
  size_t i, len = time ? (size_t)(time - text) : 0;
  struct config_until *until;
  gpg_error_t err;

  if (!time || !netspec_name_valid (text, len))
    return conf_fail (place, "'%.80s' is not a group and a time; write"
                      " 'dba=2027-01-31', or the time in Unix seconds",
                      text);
  for (i = 0; i < user->n_until; i++)
    if (strlen (user->until[i].group) == len
        && !memcmp (user->until[i].group, text, len))
      return conf_fail (place, "the group '%s' is repeated",
                        user->until[i].group);
  if (user->n_until == MAX_UNTIL)
    return conf_fail (place, "more than %d items", MAX_UNTIL);
  err = array_grow (&user->until, user->n_until, sizeof *user->until);
  if (err)
    return err;
  until = user->until + user->n_until;
  err = conf_time.take (place, option, &until->ends, time + 1);
  if (!err && !until->ends)
    err = conf_fail (place, "'%.80s' has no end; name it in groups", text);
  if (!err && !(until->group = strndup (text, len)))
    err = gpg_error_from_syserror ();
  user->n_until += !err;
  return err;
}


CONF_TEXT (until)
{
  const struct config_user *user = field;

  if (i >= user->n_until)
    return NULL;
  snprintf (buf, CONF_TEXTLEN, "%s=%" PRIu64, user->until[i].group,
            user->until[i].ends);
  return buf;
}


CONF_RELEASE (until)
{
  struct config_user *user = field;

  while (user->n_until)
    free (user->until[--user->n_until].group);
  free (user->until);
  user->until = NULL;
}


/* Groups, and between them "and", which begins another list.  */
CONF_TAKE (approvers)
{
  struct config_approval *approval = field;

  if (!approval->n_lists)
    approval->n_lists = 1;
  if (strcmp (text, "and"))
    return conf_names.take (place, option,
                            &approval->list[approval->n_lists - 1], text);
  if (!approval->list[approval->n_lists - 1].n)
    return conf_fail (place, "'and' belongs between the names of groups");
  if (approval->n_lists == CONFIG_MAX_LISTS)
    return conf_fail (place, "more than %d lists", CONFIG_MAX_LISTS);
  approval->n_lists++;
  return 0;
}


CONF_TEXT (approvers)
{
  const struct config_approval *approval = field;
  size_t list;

  for (list = 0; list < approval->n_lists; list++)
    {
      if (list && !i--)
        return "and";
      if (i < approval->list[list].n)
        return approval->list[list].item[i];
      i -= approval->list[list].n;
    }
  return NULL;
}


CONF_RELEASE (approvers)
{
  struct config_approval *approval = field;

  while (approval->n_lists)
    strlist_release (&approval->list[--approval->n_lists]);
}


/* "crypt", "shadow" or "ldap:NAME".  */
CONF_TAKE (require)
{
  struct config_require *require = field;

  if (!strcmp (text, "crypt"))
    require->kind = CONFIG_REQUIRE_CRYPT;
  else if (!strcmp (text, "shadow"))
    require->kind = CONFIG_REQUIRE_SHADOW;
  else if (!strncmp (text, "ldap:", 5)
           && netspec_name_valid (text + 5, strlen (text + 5)))
    {
      require->kind = CONFIG_REQUIRE_LDAP;
      require->ldap = strdup (text + 5);
      return require->ldap ? 0 : gpg_error_from_syserror ();
    }
  else
    return conf_fail (place, "'%.60s' is not a credential; write 'crypt',"
                      " 'shadow' or 'ldap:NAME'", text);
  return 0;
}


CONF_TEXT (require)
{
  const struct config_require *require = field;

  return require->kind ? config_require_print (require, buf) : NULL;
}


CONF_RELEASE (require)
{
  struct config_require *require = field;

  free (require->ldap);
  memset (require, 0, sizeof *require);
}


/* ---------------------------- programs --------------------------- */

CONF_TAKE (umask)
{
  char *end;
  unsigned long value = strtoul (text, &end, 8);

  if (*text != '0' || strlen (text) > 4 || *end || value > 0777)
    return conf_fail (place, "'%.60s' is not a umask; write '022' or '0077'",
                      text);
  *(unsigned int *)field = (unsigned int) value;
  return 0;
}


CONF_TEXT (umask)
{
  snprintf (buf, CONF_TEXTLEN, "0%o", *(const unsigned int *)field);
  return buf;
}


/* What an arg may be is one of several kinds, and LEAST of an option tells
   which: an arg has one of them alone.  */
static gpg_error_t
take_match (const struct conf_place *place, struct config_arg *arg,
            const char *text)
{
  regex_t regex;
  char why[100];
  int rc = command_compile (&regex, text);

  if (rc)
    {
      regerror (rc, &regex, why, sizeof why);
      return conf_fail (place, "'%.60s' is not a POSIX extended regular"
                        " expression: %s", text, why);
    }
  regfree (&regex);
  arg->pattern = strdup (text);
  return arg->pattern ? 0 : gpg_error_from_syserror ();
}


/* "1-100" or "-5-5".  */
static gpg_error_t
take_range (const struct conf_place *place, struct config_arg *arg,
            const char *text)
{
  const char *dash = *text ? strchr (text + 1, '-') : NULL;
  char first[24] = "";

  if (dash && (size_t) (dash - text) < sizeof first)
    memcpy (first, text, (size_t) (dash - text));
  if (!*first || command_integer (first, &arg->least)
      || command_integer (dash + 1, &arg->most) || arg->least > arg->most)
    return conf_fail (place, "'%.60s' is not a range; write '1-100'", text);
  return 0;
}


static gpg_error_t
take_address (const struct conf_place *place, const char *text)
{
  gpg_error_t err;
  bool value;

  err = conf_bool.take (place, NULL, &value, text);
  if (!err && !value)
    err = conf_fail (place, "remove it if it is not wanted");
  return err;
}


CONF_TAKE (arg)
{
  enum config_arg_kind kind = (enum config_arg_kind)option->least;
  struct config_arg *arg = field;

  if (arg->kind != CONFIG_ARG_NONE && arg->kind != kind)
    return conf_fail (place, "an arg has one of match, enum, range,"
                      " address and file");
  arg->kind = kind;
  switch (kind)
    {
    case CONFIG_ARG_MATCH:
      return take_match (place, arg, text);
    case CONFIG_ARG_ENUM:
      return conf_strings.take (place, option, &arg->values, text);
    case CONFIG_ARG_RANGE:
      return take_range (place, arg, text);
    case CONFIG_ARG_FILE:
      return conf_path.take (place, option, &arg->folder, text);
    default:
      return take_address (place, text);
    }
}


CONF_TEXT (arg)
{
  const struct config_arg *arg = field;

  if (arg->kind != (enum config_arg_kind)option->least)
    return NULL;
  switch (arg->kind)
    {
    case CONFIG_ARG_MATCH:
      return arg->pattern;
    case CONFIG_ARG_ENUM:
      return conf_strings.text (option, &arg->values, i, buf);
    case CONFIG_ARG_RANGE:
      snprintf (buf, CONF_TEXTLEN, "%" PRId64 "-%" PRId64, arg->least,
                arg->most);
      return buf;
    case CONFIG_ARG_FILE:
      return arg->folder;
    default:
      return "true";
    }
}


/* Each of these options frees them all: nothing is given twice.  */
CONF_RELEASE (arg)
{
  struct config_arg *arg = field;

  free (arg->pattern);
  free (arg->folder);
  arg->pattern = arg->folder = NULL;
  strlist_release (&arg->values);
}


const struct conf_kind config_kind_ports =
  { sizeof (struct port_set), true, false, take_ports, text_ports,
    release_ports };
const struct conf_kind config_kind_protect =
  { 0, true, false, take_protect, text_protect, release_protect };
const struct conf_kind config_kind_from =
  { 0, true, false, take_from, text_from, release_from };
const struct conf_kind config_kind_hours =
  { 0, true, false, take_hours, text_hours, release_hours };
const struct conf_kind config_kind_until =
  { 0, true, false, take_until, text_until, release_until };
const struct conf_kind config_kind_approvers =
  { sizeof (struct config_approval), true, false, take_approvers,
    text_approvers, release_approvers };
const struct conf_kind config_kind_require =
  { sizeof (struct config_require), false, false, take_require, text_require,
    release_require };
const struct conf_kind config_kind_umask =
  { sizeof (unsigned int), false, false, take_umask, text_umask, NULL };
const struct conf_kind config_kind_arg =
  { 0, false, false, take_arg, text_arg, release_arg };
const struct conf_kind config_kind_arg_flag =
  { 0, false, true, take_arg, text_arg, release_arg };
const struct conf_kind config_kind_arg_list =
  { 0, true, false, take_arg, text_arg, release_arg };
