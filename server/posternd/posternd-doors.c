/* posternd-doors.c - What a start that fails leaves behind.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * posternd must not link a library that can change the kernel's table: the
 * program "shut" does it, from the file that was written when the table was
 * last loaded.  In a trial only act changes anything, and its table ends by
 * itself.  */

#include "posternd.h"

#include "../../common/base/log.h"
#include "../store/lastgood.h"

/* Run "shut" with OPTION (or none) on the folder STATE, and wait.  It logs
   its own failures.  */
static void
run_shut (struct posternd *posternd, const char *option, const char *state)
{
  const char *argv[4] = { "shut", option ? option : state,
                          option ? state : NULL, NULL };
  struct spawn spawn = { .argv = argv };
  pid_t pid;
  gpg_error_t err = spawn_program (posternd->libexec, &spawn, &pid);

  if (err)
    log_error ("cannot start shut: %s", gpg_strerror (err));
  else
    spawn_wait (pid);
}

void
doors_shut (struct posternd *posternd)
{
  if (!posternd->on_trial)
    run_shut (posternd, NULL, posternd->config->state);
}

/* Without a configuration the state folder is not known; see --state.  */
void
doors_unreadable (struct posternd *posternd)
{
  if (!posternd->on_trial)
    run_shut (posternd, "--failed", posternd->state);
}

void
doors_stopped (struct posternd *posternd)
{
  if (!posternd->on_trial && !posternd->failed
      && posternd->config->on_stop == CONFIG_STOP_OPEN)
    run_shut (posternd, "--open", posternd->config->state);
}

void
doors_loaded (struct posternd *posternd)
{
  gpg_error_t err;

  if (posternd->trial_end)
    return;
  err = lastgood_commit (posternd->config->state);
  if (err)
    log_warn ("the table cannot be kept in %s/last: %s; a start that fails"
              " uses the previous one", posternd->config->state,
              gpg_strerror (err));
}
