/* ctl-look.c - Judge what the configuration allows, for who and why.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing is judged here: we make up requests, from each kind of address and
 * at each kind of hour that the configuration distinguishes, and let policy.c
 * judge them as it does for decide.  */

#include "ctl-look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/console-json.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/meant.h"
#include "../../common/base/secret.h"

#define SECRET_POOL 32768       /* For the door keys that are looked at.  */
#define DAY 86400


static gpg_error_t
add_judged_addr (struct look *look, const struct net_addr *addr)
{
  struct net_addr *more = reallocarray (look->addr, look->n_addrs + 1,
                                        sizeof *more);

  if (!more)
    return gpg_error_from_syserror ();
  look->addr = more;
  look->addr[look->n_addrs++] = *addr;
  return 0;
}


static gpg_error_t
add_judged_time (struct look *look, time_t when)
{
  time_t *more = reallocarray (look->time, look->n_times + 1, sizeof *more);

  if (!more)
    return gpg_error_from_syserror ();
  look->time = more;
  look->time[look->n_times++] = when;
  return 0;
}


/* Add an address in PREFIX to which a grant is possible.  */
static gpg_error_t
add_prefix (struct look *look, const struct net_prefix *prefix)
{
  struct net_addr addr = prefix->addr;
  size_t len = addr.family == AF_INET ? 4 : 16;

  if (!netspec_addr_grantable (&addr) && prefix->bits < 8 * len)
    {
      addr.bytes[len - 1] |= 1;
      if (prefix->bits < 8 && !addr.bytes[0])
        addr.bytes[0] = 1;
    }
  return add_judged_addr (look, &addr);
}


/* Add the time when HOURS begin, on the next day to which they apply.  */
static gpg_error_t
add_hours (struct look *look, const struct hours *hours)
{
  time_t when;
  struct tm tm;
  int day;

  for (day = 0; day < 8; day++)
    {
      when = look->now + day * (time_t)DAY;
      if (!localtime_r (&when, &tm))
        break;
      tm.tm_hour = (int)hours->first / 60;
      tm.tm_min = (int)hours->first % 60;
      tm.tm_sec = 0;
      tm.tm_isdst = -1;
      when = mktime (&tm);
      if (localtime_r (&when, &tm) && netspec_hours_contain (hours, &tm))
        return add_judged_time (look, when);
    }
  return 0;
}


static gpg_error_t
add_terms (struct look *look, const struct config_rule *terms, bool all_hours)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && !look->opt->from && i < terms->n_from; i++)
    err = add_prefix (look, terms->from + i);
  for (i = 0; !err && all_hours && !look->opt->at && i < terms->n_hours; i++)
    err = add_hours (look, terms->hours + i);
  return err;
}


/* Add an address that no rule names, and one of each prefix that a rule or a
   command names; the time of now, and with ALL_HOURS one of each span of
   hours.  */
static gpg_error_t
add_kinds (struct look *look, bool all_hours)
{
  config_t c = look->config;
  struct net_addr any;
  gpg_error_t err;
  size_t i;

  err = netspec_addr_parse (look->opt->from ? look->opt->from
                            : "198.51.100.1", &any);
  if (err)
    {
      log_error ("--from '%s' is not an address in its short form, such as"
                 " 203.0.113.7 or 2001:db8::1", look->opt->from);
      return gpg_error (GPG_ERR_INV_ARG);
    }
  err = add_judged_addr (look, &any);
  if (!err)
    err = add_judged_time (look, look->now);
  for (i = 0; !err && i < c->n_rules; i++)
    err = add_terms (look, c->rule + i, all_hours);
  for (i = 0; !err && i < c->n_commands; i++)
    err = add_terms (look, &c->command[i].terms, all_hours);
  return err;
}


/* Take "tcp/22" or "command NAME", from word number I on.  */
static gpg_error_t
take_what (struct look *look, int i)
{
  const struct ctl_options *opt = look->opt;
  const char *word = opt->argv[i];
  request_t req = look->req;
  char meant[MEANT_PORTSLEN];

  req->n_targets = 1;
  if (!strcmp (word, "command") && opt->argc == i + 2
      && netspec_name_valid (opt->argv[i + 1], strlen (opt->argv[i + 1])))
    {
      req->action = REQUEST_RUN;
      snprintf (req->command, sizeof req->command, "%s", opt->argv[i + 1]);
      if (config_command_by_name (look->config, req->command))
        return 0;
      log_error ("there is no command '%s'", req->command);
      return gpg_error (GPG_ERR_NOT_FOUND);
    }
  req->action = REQUEST_OPEN;
  if (opt->argc == i + 1 && !netspec_ports_parse (word, &req->ports))
    return 0;
  if (opt->argc == i + 1 && meant_ports (word, meant))
    log_error ("'%s' is not like tcp/22; did you mean '%s'?", word, meant);
  else
    log_error ("'%s' is neither ports, such as tcp/22, nor 'command NAME'",
               opt->argv[opt->argc - 1]);
  return gpg_error (GPG_ERR_INV_ARG);
}


void
look_judge (struct look *look, config_t config,
            const struct config_user *user, const struct net_addr *addr,
            time_t when, struct policy_verdict *verdict)
{
  struct packet_origin origin = { .src = *addr };
  struct policy_case pcase = { look->req, &origin, user->fpr, false, when };
  struct policy_verdict other;
  int i;

  snprintf (origin.door, sizeof origin.door, "%s", user->door ? user->door
            : "");
  /* Bit 0 of I signs the address, bit 1 gives a password.  Of the refusals the
     first counts, unless a signed address gets further.  */
  for (i = 0; i < 4; i++)
    {
      memset (&look->req->source, 0, sizeof look->req->source);
      if (i & 1 && look->req->action == REQUEST_OPEN)
        look->req->source = *addr;
      pcase.attachment = i & 2;
      policy_judge (config, &pcase, &other);
      if (!i || !other.refusal
          || (verdict->refusal == REFUSAL_OBSERVED
              && other.refusal > verdict->refusal
              && other.refusal != REFUSAL_ATTACHMENT))
        *verdict = other;
      if (!verdict->refusal)
        return;
    }
}


void
look_judge_anywhere (struct look *look, config_t config,
                     const struct config_user *user,
                     struct policy_verdict *verdict)
{
  struct policy_verdict one;
  size_t i, k;

  memset (verdict, 0, sizeof *verdict);
  for (k = 0; k < look->n_times; k++)
    for (i = 0; i < look->n_addrs; i++)
      {
        look_judge (look, config, user, look->addr + i, look->time[k], &one);
        if (!one.refusal || (!i && !k) || one.refusal > verdict->refusal)
          *verdict = one;
        if (!one.refusal)
          return;
      }
}


static void
compare_hash (config_t config, json_t *status)
{
  const char *theirs = json_string_value (json_object_get (status, "config"));
  char hash[2 * CONFIG_HASHLEN + 1];

  encode_hex (config->hash, CONFIG_HASHLEN, hash);
  if (theirs && strncmp (theirs, hash, 2 * CONFIG_HASHLEN))
    log_warn ("the running posternd uses another configuration than %s has"
              " now; 'posternctl reload' makes it read that",
              config->dir);
}


static void
warn_of_other (struct look *look)
{
  console_t console;
  json_t *status;

  if (ctl_connect (look->opt, true, &console))
    return;
  if (!console_ask_json (console, "STATUS", &status))
    compare_hash (look->config, status);
  json_decref (status);
  console_close (console);
}


static gpg_error_t
load_judged_config (struct look *look)
{
  char *message = NULL;
  gpg_error_t err = secret_init (SECRET_POOL);

  if (!err)
    err = config_load (look->opt->dir, &look->config, &message);
  if (err && geteuid () && gpg_err_code (err) == GPG_ERR_EACCES)
    log_error ("only root can do this (%s)", message ? message : "");
  else if (err)
    log_error ("%s", message ? message : gpg_strerror (err));
  free (message);
  return gpg_err_code (err) == GPG_ERR_INV_VALUE
    ? gpg_error (GPG_ERR_CONFIGURATION) : err;
}


/* TEXT, such as "03:00", on the day of NOW, or on the next day if that minute
   is over.  */
static gpg_error_t
parse_clock (const char *text, time_t now, time_t *r_when)
{
  struct tm tm, clock;
  const char *end;

  memset (&clock, 0, sizeof clock);
  end = strptime (text, "%H:%M", &clock);
  if (strlen (text) != 5 || !end || *end || !localtime_r (&now, &tm))
    return gpg_error (GPG_ERR_INV_TIME);
  if (60 * clock.tm_hour + clock.tm_min < 60 * tm.tm_hour + tm.tm_min)
    tm.tm_mday++;
  tm.tm_hour = clock.tm_hour;
  tm.tm_min = clock.tm_min;
  tm.tm_sec = 0;
  tm.tm_isdst = -1;
  *r_when = mktime (&tm);
  return 0;
}


/* Settle the time at which the requests are judged.  */
static gpg_error_t
settle_time (struct look *look)
{
  const char *at = look->opt->at;
  time_t now = time (NULL);
  long long when;

  look->now = now;
  if (!at || !parse_clock (at, now, &look->now))
    return 0;
  if (ctl_parse_time (at, &when))
    {
      log_error ("--at '%s' is not a time; write 07:30, '2026-01-31 07:30',"
                 " 2026-01-31 or 10m", at);
      return gpg_error (GPG_ERR_INV_ARG);
    }
  look->now = (time_t)when;
  return 0;
}


gpg_error_t
look_open (struct look *look, const struct ctl_options *opt, int what)
{
  gpg_error_t err;

  memset (look, 0, sizeof *look);
  look->opt = opt;
  err = settle_time (look);
  if (err)
    return err;
  err = load_judged_config (look);
  if (!err)
    err = request_new (&look->req);
  if (!err)
    err = take_what (look, what);
  if (!err)
    err = add_kinds (look, !what && !opt->at);
  if (!err)
    warn_of_other (look);
  return err;
}


void
look_close (struct look *look)
{
  free (look->addr);
  free (look->time);
  request_release (look->req);
  config_release (look->config);
}
