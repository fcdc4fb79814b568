/* run-cgroup.c - A cgroup for each program, which nothing leaves.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * cgroup v2, see cgroups(7).  A process cannot leave by a fork or a new
 * session, and cgroup.kill (Linux 5.14) ends all at once.  */

#include "run.h"
#include "run-parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 100            /* Steps of 10 ms, in all.  */


/* The first value that READ finds in a line of the file at PATH, to be
   freed.  */
static char *
find_in_lines (const char *path, char *(*read) (char *line))
{
  FILE *fp = fopen (path, "re");
  char *line = NULL, *found = NULL;
  size_t size = 0;

  while (fp && !found && getline (&line, &size, fp) > 0)
    found = read (line);
  free (line);
  if (fp)
    fclose (fp);
  return found;
}


/* Where cgroup v2 is mounted; NULL if it is not.  proc(5) describes the
   fields of mountinfo.  */
static char *
read_mount (char *line)
{
  char point[512], type[64];
  const char *dash = strstr (line, " - ");

  return dash && sscanf (dash, " - %63s", type) == 1
         && !strcmp (type, "cgroup2")
         && sscanf (line, "%*s %*s %*s %*s %511s", point) == 1
    ? strdup (point) : NULL;
}


/* The path of our own cgroup.  */
static char *
read_own (char *line)
{
  return strncmp (line, "0::/", 4) ? NULL
    : strndup (line + 3, strcspn (line + 3, "\n"));
}


/* The kernel takes a moment to end a cgroup, and the next one may have the
   same name.  */
static void
end_and_wait (const char *cgroup, const char *name, int *tries)
{
  const struct timespec step = { 0, 10000000 };

  while (!run_cgroup_end (cgroup, name) && (*tries)-- > 0)
    nanosleep (&step, NULL);
}


static void
end_left_over (const char *cgroup)
{
  DIR *dir = opendir (cgroup);
  struct dirent *de;
  int tries = PATIENCE;

  while (dir && (de = readdir (dir)))
    if (de->d_type == DT_DIR && *de->d_name != '.')
      end_and_wait (cgroup, de->d_name, &tries);
  if (dir)
    closedir (dir);
}


char *
run_cgroup (const char *name, bool ours)
{
  char *mount = find_in_lines ("/proc/self/mountinfo", read_mount);
  char *own = find_in_lines ("/proc/self/cgroup", read_own), *path = NULL;

  if (mount && own
      && asprintf (&path, "%s%s%s%s", mount, own,
                   own[1] ? "/" : "", name) < 0)
    path = NULL;
  free (mount);
  free (own);
  if (path && mkdir (path, 0755) && errno != EEXIST)
    {
      free (path);
      path = NULL;
    }
  if (path && ours)
    end_left_over (path);
  return path;
}


gpg_error_t
run_cgroup_new (const char *cgroup, const char *name, int *r_fd)
{
  gpg_error_t err = 0;
  char path[1024];
  int tries = PATIENCE;

  *r_fd = -1;
  snprintf (path, sizeof path, "%s/%s", cgroup, name);
  /* An earlier act may still be ending one of that name.  */
  if (mkdir (path, 0755))
    {
      if (errno == EEXIST)
        end_and_wait (cgroup, name, &tries);
      if (mkdir (path, 0755))
        return gpg_error_from_syserror ();
    }
  if (snprintf (path, sizeof path, "%s/%s/cgroup.procs", cgroup, name)
      >= (int)sizeof path)
    return gpg_error (GPG_ERR_ENAMETOOLONG);
  *r_fd = open (path, O_WRONLY | O_CLOEXEC);
  if (*r_fd < 0)
    {
      err = gpg_error_from_syserror ();
      run_cgroup_end (cgroup, name);
    }
  return err;
}


/* Remove the cgroups that a program made below its own, which are empty by now
   or soon: otherwise its own could never be removed.  */
static void
remove_below (int dirfd)
{
  DIR *dir = fdopendir (dirfd);
  struct dirent *de;
  int fd;

  if (!dir)
    close (dirfd);
  while (dir && (de = readdir (dir)))
    {
      if (de->d_type != DT_DIR || *de->d_name == '.')
        continue;
      fd = openat (dirfd, de->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      if (fd >= 0)
        remove_below (fd);
      unlinkat (dirfd, de->d_name, AT_REMOVEDIR);
    }
  if (dir)
    closedir (dir);
}


bool
run_cgroup_end (const char *cgroup, const char *name)
{
  char path[1024];
  int fd;

  if (snprintf (path, sizeof path, "%s/%s/cgroup.kill", cgroup, name)
      >= (int)sizeof path)
    return true;
  fd = open (path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0)
    {
      (void)!write (fd, "1", 1);
      close (fd);
    }
  path[strlen (path) - strlen ("/cgroup.kill")] = 0;
  if (!rmdir (path) || errno == ENOENT)
    return true;
  fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0)
    remove_below (fd);
  return !rmdir (path) || errno == ENOENT;
}
