/* act-hook.c - Starting hooks, which tell other systems about events.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * act itself knows of grants that begin and end; decide reports the other
 * events.  A hook comes only from act's own configuration.  The loop never
 * waits for one: each runs at most once at a time, and its starts are `pause'
 * seconds apart.  */

#include "act.h"

#include <stdio.h>
#include <string.h>
#include "../config/command.h"
#include "../config/config-parts.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"

#define STOP_TIME 1000          /* Milliseconds to end when act stops.  */
#define SHOWN 200               /* Bytes of their output.  */

static const char *const event_names[CONFIG_N_EVENTS] =
  {
    [CONFIG_ON_OPEN] = "open",
    [CONFIG_ON_CLOSE] = "close",
    [CONFIG_ON_REFUSED] = "refused",
    [CONFIG_ON_PENDING] = "pending",
    [CONFIG_ON_EMERGENCY] = "emergency"
  };


void
act_hooks_open (struct act *act)
{
  config_t config = act->role.config;
  unsigned int i;

  for (i = 0; i < CONFIG_N_EVENTS; i++)
    if (config->on_event[i])
      act->hooks.event[i].hook = config_hook_by_name (config,
                                                      config->on_event[i]);
}


static void
drop_first (struct act_event *event)
{
  event->first = (event->first + 1) % ACT_NOTICES;
  event->n--;
}


/* For a hook with a pause only the newest event is kept; of the others it
   learns only how many there were.  */
static void
add_notice (struct act *act, const struct packet_hook *what)
{
  struct act_event *event = act->hooks.event + what->event;
  unsigned int room = event->hook->pause ? 1 : ACT_NOTICES;
  struct act_notice *notice;

  if (event->n == room)
    {
      drop_first (event);
      event->missed++;
    }
  notice = event->notice + (event->first + event->n++) % ACT_NOTICES;
  notice->number = ++act->hooks.number;
  notice->what = *what;
}


void
act_tell (struct act *act, enum config_event event,
          const struct packet_grant *what, const char *why)
{
  struct packet_hook notice = { .event = (uint8_t)event,
                                .source = what->observed,
                                .addr = what->addr, .ports = what->ports };

  if (!act->hooks.event[event].hook)
    return;
  memcpy (notice.user, what->user, sizeof notice.user);
  memcpy (notice.rule, what->rule, sizeof notice.rule);
  memcpy (notice.request, what->request, sizeof notice.request);
  if (why)
    snprintf (notice.reason, sizeof notice.reason, "%s", why);
  add_notice (act, &notice);
}


/* True if what decide reports can happen under our configuration.  */
static bool
is_possible (config_t config, const struct packet_hook *p)
{
  const struct config_user *user = config_user_by_name (config, p->user);
  const struct config_command *command = config_command_by_name (config,
                                                                 p->rule);
  const struct config_rule *rule = command ? &command->terms
    : config_rule_by_name (config, p->rule);

  if (memcmp (p->hash, config->hash, CONFIG_HASHLEN))
    return false;
  if (p->event == CONFIG_ON_REFUSED)
    return (user || !*p->user) && (rule || !*p->rule);
  if (!user || !rule || !config_rule_has_user (rule, user, time (NULL))
      || !rule->approval.n)
    return false;
  return p->event == CONFIG_ON_PENDING
         || (rule->approval.emergency && *p->reason);
}


gpg_error_t
act_on_hook (void *hook, const struct message *msg)
{
  struct act *act = hook;
  struct packet_hook p;
  gpg_error_t err = packet_read_hook (msg, &p);

  if (err || !act->hooks.event[p.event].hook)
    return err;
  if (is_possible (act->role.config, &p))
    add_notice (act, &p);
  else
    log_warn ("%s: no hook is started for what this configuration lacks",
              event_names[p.event]);
  return 0;
}


/* Microseconds until the hook of EVENT may start, or UINT64_MAX while it
   runs.  Several events may have the same hook, which is counted as one.  */
static uint64_t
hook_rests (struct act *act, const struct act_event *event)
{
  uint64_t now = ticks_us (), pause, left, most = 0;
  const struct act_event *other;
  unsigned int i;

  pause = UINT64_C (1000000) * event->hook->pause;
  for (i = 0; i < CONFIG_N_EVENTS; i++)
    {
      other = act->hooks.event + i;
      if (other->hook != event->hook)
        continue;
      if (other->run)
        return UINT64_MAX;
      left = other->last && now - other->last < pause
        ? pause - (now - other->last) : 0;
      if (left > most)
        most = left;
    }
  return most;
}


/* The event with the oldest notice whose hook may start now.  */
static struct act_event *
find_due (struct act *act)
{
  struct act_event *event, *found = NULL;
  unsigned int i;

  for (i = 0; i < CONFIG_N_EVENTS; i++)
    {
      event = act->hooks.event + i;
      if (event->n && !hook_rests (act, event)
          && (!found || event->notice[event->first].number
              < found->notice[found->first].number))
        found = event;
    }
  return found;
}


/* The texts of one start, which run_start copies.  */
struct texts
{
  char source[NETSPEC_ADDRSTRLEN];
  char addr[NETSPEC_ADDRSTRLEN];
  char ports[NETSPEC_PORTSTRLEN];
  char request[2 * REQUEST_HASHLEN + 1];
  char short_id[REQUEST_SHORTLEN + 1];
  char missed[16];
  char name[32];                /* Of its cgroup.  */
};


static gpg_error_t
resolve_hook (struct act *act, const struct act_event *event,
              const struct packet_hook *what, struct texts *texts,
              struct strlist *argv)
{
  const char *fact[COMMAND_N_FACTS] = { NULL };

  memset (texts, 0, sizeof *texts);
  encode_hex (what->request, REQUEST_HASHLEN, texts->request);
  snprintf (texts->short_id, sizeof texts->short_id, "%.*s",
            REQUEST_SHORTLEN, texts->request);
  netspec_addr_print (&what->source, texts->source);
  if (what->addr.family != AF_UNSPEC)
    netspec_addr_print (&what->addr, texts->addr);
  if (what->ports.n)
    netspec_ports_print (&what->ports, texts->ports);
  snprintf (texts->missed, sizeof texts->missed, "%u", event->missed);
  snprintf (texts->name, sizeof texts->name, "hook%llu",
            (unsigned long long)event->notice[event->first].number);
  fact[COMMAND_EVENT] = event_names[what->event];
  fact[COMMAND_HOST] = act->role.config->host;
  fact[COMMAND_USER] = what->user;
  fact[COMMAND_SOURCE] = texts->source;
  fact[COMMAND_ADDRESS] = texts->addr;
  fact[COMMAND_PORTS] = texts->ports;
  fact[COMMAND_RULE] = what->rule;
  fact[COMMAND_REQUEST] = texts->short_id;
  fact[COMMAND_REASON] = what->reason;
  return command_resolve_facts (&event->hook->program.argv, fact, argv);
}


/* Start the hook of EVENT for its oldest notice.  A failed start counts for
   the pause as well, or the loop would try again at once.  */
static void
start_hook (struct act *act, struct act_event *event)
{
  const struct packet_hook *what = &event->notice[event->first].what;
  const struct config_user *user = config_user_by_name (act->role.config,
                                                        what->user);
  struct strlist argv = { 0, NULL };
  enum refusal why = REFUSAL_RUN_MEMORY;
  struct run_facts facts;
  struct texts texts;
  gpg_error_t err = resolve_hook (act, event, what, &texts, &argv);

  facts = (struct run_facts){ *what->user ? what->user : NULL,
                              user ? user->fpr : NULL, texts.source,
                              texts.request, texts.missed };
  if (!err)
    err = run_start (&event->hook->program, &argv, NULL, 0, &facts,
                     &act->runs.set, texts.name, &event->run, &why);
  if (err)
    log_error ("hook %s: %s (%s)", event->hook->name, refusal_text (why),
               gpg_strerror (err));
  strlist_release (&argv);
  event->missed = err ? event->missed + 1 : 0;
  event->last = ticks_us ();
  drop_first (event);
}


int
act_hooks_wait (struct act *act)
{
  struct act_event *event;
  uint64_t left, least = UINT64_MAX;
  unsigned int i;

  for (i = 0; i < CONFIG_N_EVENTS; i++)
    {
      event = act->hooks.event + i;
      left = event->n ? hook_rests (act, event) : UINT64_MAX;
      if (left < least)
        least = left;
    }
  return least == UINT64_MAX ? -1 : (int)((least + 999) / 1000);
}


bool
act_log_end (const char *what, const char *name, run_t run)
{
  const char *text, *line_end;
  struct run_end end;
  size_t len;

  run_get_end (run, &end);
  text = run_output (run, &len);
  if (!end.started)
    log_error ("%s %s: %s", what, name, refusal_text (end.why));
  else if (end.timed_out)
    log_warn ("%s %s: ended after its time", what, name);
  else if (end.signal || end.exit_code)
    log_warn ("%s %s: %s %u", what, name, end.signal ? "signal" : "exit",
              end.signal ? end.signal : end.exit_code);
  if (len > SHOWN)
    len = SHOWN;
  line_end = memchr (text, '\n', len);
  if (line_end)
    len = (size_t)(line_end - text);
  if (len && encode_is_clean (text, len))
    log_debug ("%s %s: %.*s", what, name, (int)len, text);
  return end.started && !end.timed_out && !end.signal && !end.exit_code;
}


static void
release_ended_hooks (struct act *act)
{
  struct act_event *event;

  for (event = act->hooks.event;
       event < act->hooks.event + CONFIG_N_EVENTS; event++)
    if (event->run && run_ended (event->run))
      {
        act_log_end ("hook", event->hook->name, event->run);
        run_release (event->run);
        event->run = NULL;
      }
}


void
act_hooks_turn (struct act *act)
{
  struct act_event *event;

  release_ended_hooks (act);
  while ((event = find_due (act)))
    start_hook (act, event);
}


static bool
any_hook_runs (struct act *act)
{
  unsigned int i;

  for (i = 0; i < CONFIG_N_EVENTS; i++)
    if (act->hooks.event[i].run && !run_ended (act->hooks.event[i].run))
      return true;
  return false;
}


void
act_hooks_stop (struct act *act)
{
  unsigned int i, lost = 0;

  act_wait_for (act, any_hook_runs, STOP_TIME);
  release_ended_hooks (act);
  for (i = 0; i < CONFIG_N_EVENTS; i++)
    {
      lost += act->hooks.event[i].n;
      run_release (act->hooks.event[i].run);
      act->hooks.event[i].run = NULL;
    }
  if (lost)
    log_warn ("act stops: %u queued notices for hooks are lost", lost);
}
