/* command-arg.c - Whether a value is one that an argument may be.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values come from people: what is not known to fit does not.  */

#include "command.h"

#include <string.h>
#include "../../common/base/encode.h"


int
command_compile (regex_t *regex, const char *pattern)
{
  return regcomp (regex, pattern, REG_EXTENDED);
}


gpg_error_t
command_integer (const char *text, int64_t *r_value)
{
  bool minus = *text == '-';
  unsigned long long value;

  *r_value = 0;
  if (decode_decimal (text + minus, strlen (text + minus), INT64_MAX, &value)
      || (minus && !value))
    return gpg_error (GPG_ERR_BAD_DATA);
  *r_value = minus ? -(int64_t)value : (int64_t)value;
  return 0;
}


/* POSIX finds the longest of the leftmost matches: if that is not the
   whole, no match is.  */
static bool
matches_whole (const char *pattern, const char *value)
{
  regex_t regex;
  regmatch_t match;
  bool whole;

  if (command_compile (&regex, pattern))
    return false;
  whole = !regexec (&regex, value, 1, &match, 0) && !match.rm_so
          && (size_t)match.rm_eo == strlen (value);
  regfree (&regex);
  return whole;
}


static bool
in_range (const struct config_arg *arg, const char *value)
{
  int64_t number;

  return !command_integer (value, &number) && number >= arg->least
         && number <= arg->most;
}


static bool
is_address (const char *value)
{
  struct net_addr addr;
  char text[NETSPEC_ADDRSTRLEN];

  return !netspec_addr_parse (value, &addr)
         && !strcmp (netspec_addr_print (&addr, text), value);
}


/* A way downwards: no empty part, "." or "..".  */
static bool
is_below (const char *value)
{
  const char *part = value;
  size_t len;

  for (;; part += len + 1)
    {
      len = strcspn (part, "/");
      if (!len || (len <= 2 && !strncmp (part, "..", len)))
        return false;
      if (!part[len])
        return true;
    }
}


static const char *
check_kind (const struct config_arg *arg, const char *value)
{
  switch (arg->kind)
    {
    case CONFIG_ARG_MATCH:
      return matches_whole (arg->pattern, value) ? NULL
        : "it does not match";
    case CONFIG_ARG_ENUM:
      return strlist_has (&arg->values, value) ? NULL : "not one of the values";
    case CONFIG_ARG_RANGE:
      return in_range (arg, value) ? NULL : "not a number in the range";
    case CONFIG_ARG_ADDRESS:
      return is_address (value) ? NULL : "not an IP address";
    case CONFIG_ARG_FILE:
      return is_below (value) ? NULL : "not the name of a file in the folder";
    default:
      return "the argument accepts nothing";
    }
}


/* What no argument may be, whatever its kind.  */
static const char *
check_text (const char *value, bool dash)
{
  size_t len = strlen (value);

  if (len > COMMAND_MAX_VALUE)
    return "too long";
  if (!encode_is_line (value, len))
    return "control or hidden characters, or not UTF-8";
  if (*value == '-' && !dash)
    return "it begins with '-'";
  return NULL;
}


bool
command_value_fits (const struct config_arg *arg, const char *value,
                    const char **r_why)
{
  bool dash = arg->dash || (arg->kind == CONFIG_ARG_RANGE && arg->least < 0);

  *r_why = check_text (value, dash);
  if (!*r_why)
    *r_why = check_kind (arg, value);
  return !*r_why;
}


bool
command_line_fits (const char *line, const char **r_why)
{
  *r_why = *line ? check_text (line, true) : "empty";
  return !*r_why;
}
