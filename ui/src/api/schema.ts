// Made from openapi.json by schema.test.ts; not to be edited.
export interface paths {
    "/hub/api/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /hub/api`: which JupyterHub this is compatible with. Open to everybody, also from other sites' pages. */
        get: operations["get-version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/authorizations/cookie/{cookie_name}/{cookie_value}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /authorizations/cookie/{cookie_name}/{cookie_value}`: who is signed in with a cookie. Deprecated. */
        get: operations["get-authorizations-cookie-cookie_name-cookie_value"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/authorizations/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /authorizations/token`: removed in JupyterHub 2. */
        post: operations["post-authorizations-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/authorizations/token/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /authorizations/token/{token}`: who holds a token. Deprecated: ask `/user` with the token itself. */
        get: operations["get-authorizations-token-token"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /groups`: a bare list, or with the `Accept` header `application/jupyterhub-pagination+json` a page of it. */
        get: operations["get-groups"];
        put?: never;
        /** `POST /groups`: all of them, or none. */
        post: operations["post-groups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/groups/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /groups/{name}`. */
        get: operations["get-groups-name"];
        put?: never;
        /** `POST /groups/{name}`. */
        post: operations["post-groups-name"];
        /** `DELETE /groups/{name}`. Its members stay; what they might do only through it, they may no more. */
        delete: operations["delete-groups-name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/groups/{name}/properties": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** `PUT /groups/{name}/properties`: any object; it takes the place of the one before. */
        put: operations["put-groups-name-properties"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/groups/{name}/shared": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /groups/{name}/shared`. */
        get: operations["get-groups-name-shared"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/groups/{name}/shared/{owner}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /groups/{name}/shared/{owner}/{server}`. */
        get: operations["get-groups-name-shared-owner-default"];
        put?: never;
        post?: never;
        /** `DELETE /groups/{name}/shared/{owner}/{server}`. */
        delete: operations["delete-groups-name-shared-owner-default"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/groups/{name}/shared/{owner}/{server}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /groups/{name}/shared/{owner}/{server}`. */
        get: operations["get-groups-name-shared-owner-server"];
        put?: never;
        post?: never;
        /** `DELETE /groups/{name}/shared/{owner}/{server}`. */
        delete: operations["delete-groups-name-shared-owner-server"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/groups/{name}/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /groups/{name}/users`: who is in it already stays. */
        post: operations["post-groups-name-users"];
        /** `DELETE /groups/{name}/users`: who is not in it stays out. */
        delete: operations["delete-groups-name-users"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /hub/api/health`. */
        get: operations["get-health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /hub/api/info`. */
        get: operations["get-info"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST claim`: only from the machine itself, only while nobody has. */
        post: operations["post-labdeck-claim"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/downloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * `POST downloads`: saves a server's log or somebody's files in the lead's own folder for downloads; the answer is the
         *     job to watch. From the window alone: elsewhere a browser downloads the same by itself.
         */
        post: operations["post-labdeck-downloads"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/downloads/{id}/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST downloads/{id}/show`: shows the file that this job saved in its folder. */
        post: operations["post-labdeck-downloads-id-show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET environment`: how it stands. */
        get: operations["get-labdeck-environment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/environment/repair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST environment/repair`: makes it anew if it is broken; the answer is the job to watch. */
        post: operations["post-labdeck-environment-repair"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/environment/upgrade": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST environment/upgrade`: makes it anew with the newest packages; the answer is the job to watch. */
        post: operations["post-labdeck-environment-upgrade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET events`: what happens from now on, or from a number on (`?since=`, or the header of a returning browser). */
        get: operations["get-labdeck-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/folders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET folders`: all of them, with what keeps servers from using each. */
        get: operations["get-labdeck-folders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/folders/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** `PUT folders/{name}`: servers get it from their next start on. */
        put: operations["put-labdeck-folders-name"];
        post?: never;
        /** `DELETE folders/{name}`: its files stay where they are. */
        delete: operations["delete-labdeck-folders-name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/folders/{name}/fix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST folders/{name}/fix`: does what the problem's remedy says; the answer is the job to watch. */
        post: operations["post-labdeck-folders-name-fix"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/homes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET homes`: those of servers, those that were kept, archives, and those that nobody knows any more. */
        get: operations["get-labdeck-homes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/homes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** `DELETE homes/{id}?confirm=`: for ever; never one that a server has. */
        delete: operations["delete-labdeck-homes-id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/homes/{id}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET homes/{id}/archive`: the files as a tar, or the archive as it lies. */
        get: operations["get-labdeck-homes-id-archive"];
        put?: never;
        /** `POST homes/{id}/archive`: packs it into a file; the answer is the job to watch. */
        post: operations["post-labdeck-homes-id-archive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/homes/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST homes/{id}/restore`: gives it to a server; the answer is the job to watch. */
        post: operations["post-labdeck-homes-id-restore"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/hub": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** `PATCH hub`: on, off, for whom, at which port. */
        patch: operations["patch-labdeck-hub"];
        trace?: never;
    };
    "/hub/api/labdeck/idle-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET idle-rules`: the rules of all. */
        get: operations["get-labdeck-idle-rules"];
        /** `PUT idle-rules`: an absent field goes back to what holds where nobody says anything. */
        put: operations["put-labdeck-idle-rules"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET images`: what is on this machine. */
        get: operations["get-labdeck-images"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET jobs`. */
        get: operations["get-labdeck-jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** `DELETE jobs/{id}`: calls it off. */
        delete: operations["delete-labdeck-jobs-id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST messages`: a word from the lead on the pages of all running servers. */
        post: operations["post-labdeck-messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET overview`. */
        get: operations["get-labdeck-overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/panel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET panel`. */
        get: operations["get-labdeck-panel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/pulls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST pulls`: fetch an image; the answer is the job to watch. */
        post: operations["post-labdeck-pulls"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/quit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST quit`: the desktop ends, with or without the servers. */
        post: operations["post-labdeck-quit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET resources`: the machine, what is given out, who holds which card, who waits. */
        get: operations["get-labdeck-resources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** `PATCH resources`: the reserve and how many servers there may be. */
        patch: operations["patch-labdeck-resources"];
        trace?: never;
    };
    "/hub/api/labdeck/roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET roles`: all of them in words, with those holders whom the caller may read. */
        get: operations["get-labdeck-roles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/roles/{role}/groups/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** `PUT roles/{role}/groups/{name}`: gives the role to everybody who is in the group, now and later. */
        put: operations["put-labdeck-roles-role-groups-name"];
        post?: never;
        /** `DELETE roles/{role}/groups/{name}`: takes the role from a group, unless the configuration file gives it. */
        delete: operations["delete-labdeck-roles-role-groups-name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/roles/{role}/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** `PUT roles/{role}/users/{name}`: gives a person the role. Nobody gives one that holds more than they do. */
        put: operations["put-labdeck-roles-role-users-name"];
        post?: never;
        /** `DELETE roles/{role}/users/{name}`: takes the role from a person, unless the configuration file gives it. */
        delete: operations["delete-labdeck-roles-role-users-name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET scopes`: every right that there is, in words. (Services can define others.) */
        get: operations["get-labdeck-scopes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET servers`: every server that exists, running or not, as far as the caller may see them. */
        get: operations["get-labdeck-servers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/awake": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST servers/{name}/{server}/awake`: by its owner for a day at most, by the lead for longer. */
        post: operations["post-labdeck-servers-name-server-awake"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/diagnosis": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET servers/{name}/{server}/diagnosis`: what is wrong, or 404. */
        get: operations["get-labdeck-servers-name-server-diagnosis"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET servers/{name}/{server}/events`: its history, newest first. */
        get: operations["get-labdeck-servers-name-server-events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/fix/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST servers/{name}/{server}/fix/{id}`: begins the repair that a diagnosis offers. */
        post: operations["post-labdeck-servers-name-server-fix-id"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET servers/{name}/{server}/log`: the default server is `~`. */
        get: operations["get-labdeck-servers-name-server-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/log/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET servers/{name}/{server}/log/download`: the log as a text file. */
        get: operations["get-labdeck-servers-name-server-log-download"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/log/follow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET servers/{name}/{server}/log/follow`: the last lines, then each new one, until the server ends. */
        get: operations["get-labdeck-servers-name-server-log-follow"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/message": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST servers/{name}/{server}/message`: a word from the lead on the server's pages. */
        post: operations["post-labdeck-servers-name-server-message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * `POST servers/{name}/{server}/restart`: a stop and a start as one thing, with the options of the last start where
         *     none are given. Waits in the queue if need be.
         */
        post: operations["post-labdeck-servers-name-server-restart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/servers/{name}/{server}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET servers/{name}/{server}/usage`: what it used over the last day, in coarse points. */
        get: operations["get-labdeck-servers-name-server-usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET services`: those that the caller may list and read. */
        get: operations["get-labdeck-services"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/services/{name}/log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET services/{name}/log`: what a service wrote that the hub starts. */
        get: operations["get-labdeck-services-name-log"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/services/{name}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST services/{name}/restart`: ends a service that the hub starts, and starts it again. */
        post: operations["post-labdeck-services-name-restart"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET shares`: one's own and what is shared with one; with `read:shares` others' too. */
        get: operations["get-labdeck-shares"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/sizes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET sizes`: what may be chosen; who may not manage them sees what is offered. */
        get: operations["get-labdeck-sizes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/sizes/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** `PUT sizes/{name}`. */
        put: operations["put-labdeck-sizes-name"];
        post?: never;
        /** `DELETE sizes/{name}`. */
        delete: operations["delete-labdeck-sizes-name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/stacks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET stacks`: the catalogue; who may not manage it sees what is offered. */
        get: operations["get-labdeck-stacks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/stacks/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** `PUT stacks/{name}`. */
        put: operations["put-labdeck-stacks-name"];
        post?: never;
        /** `DELETE stacks/{name}`. */
        delete: operations["delete-labdeck-stacks-name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST tickets`: a link for the lead's own browser. */
        post: operations["post-labdeck-tickets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/users/{name}/idle-rule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET users/{name}/idle-rule`: what is said for this person alone; absent fields follow the rules of all. */
        get: operations["get-labdeck-users-name-idle-rule"];
        /** `PUT users/{name}/idle-rule`. */
        put: operations["put-labdeck-users-name-idle-rule"];
        post?: never;
        /** `DELETE users/{name}/idle-rule`: the rules of all hold again. */
        delete: operations["delete-labdeck-users-name-idle-rule"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/users/{name}/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST users/{name}/invitation`: a link that works once. */
        post: operations["post-labdeck-users-name-invitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/users/{name}/start-options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET users/{name}/start-options`: what a start of this user's server offers, and what was chosen last. */
        get: operations["get-labdeck-users-name-start-options"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/labdeck/visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET visits`: to the caller's own servers; an admin sees all. */
        get: operations["get-labdeck-visits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /metrics`, as text. */
        get: operations["get-metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/oauth2/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The exchange. */
        post: operations["post-oauth2-token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/proxy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /proxy`: the routes by where they begin, or with the `Accept` header a page of them. */
        get: operations["get-proxy"];
        put?: never;
        /** `POST /proxy`: looks whether every server that is ready has its route, and that no other has one. */
        post: operations["post-proxy"];
        delete?: never;
        options?: never;
        head?: never;
        /** `PATCH /proxy`: checks the routes. The proxy is a part of the hub, so telling it of another one is refused. */
        patch: operations["patch-proxy"];
        trace?: never;
    };
    "/hub/api/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /services`: by name. */
        get: operations["get-services"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/services/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /services/{name}`. */
        get: operations["get-services-name"];
        put?: never;
        /**
         * `POST /services/{name}`: adds one that somebody else starts. Answers at once; whether it can be reached is looked at
         *     in the background.
         */
        post: operations["post-services-name"];
        /** `DELETE /services/{name}`: one that was added so. */
        delete: operations["delete-services-name"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/share-codes/{owner}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /share-codes/{owner}`: of all servers of a user. */
        get: operations["get-share-codes-owner"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/share-codes/{owner}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /share-codes/{owner}/{server}`. */
        get: operations["get-share-codes-owner-default"];
        put?: never;
        /** `POST /share-codes/{owner}/{server}`: the answer has the code, this once. */
        post: operations["post-share-codes-owner-default"];
        /** `DELETE /share-codes/{owner}/{server}`. */
        delete: operations["delete-share-codes-owner-default"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/share-codes/{owner}/{server}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /share-codes/{owner}/{server}`. */
        get: operations["get-share-codes-owner-server"];
        put?: never;
        /** `POST /share-codes/{owner}/{server}`: the answer has the code, this once. */
        post: operations["post-share-codes-owner-server"];
        /** `DELETE /share-codes/{owner}/{server}`. */
        delete: operations["delete-share-codes-owner-server"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/shares/{owner}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /shares/{owner}`: of all servers of a user. */
        get: operations["get-shares-owner"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/shares/{owner}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /shares/{owner}/{server}`. */
        get: operations["get-shares-owner-default"];
        put?: never;
        /** `POST /shares/{owner}/{server}`. */
        post: operations["post-shares-owner-default"];
        /** `DELETE /shares/{owner}/{server}`: with everybody. */
        delete: operations["delete-shares-owner-default"];
        options?: never;
        head?: never;
        /** `PATCH /shares/{owner}/{server}`: takes rights out of a share, or all of it; `{}` once nothing is left. */
        patch: operations["patch-shares-owner-default"];
        trace?: never;
    };
    "/hub/api/shares/{owner}/{server}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /shares/{owner}/{server}`. */
        get: operations["get-shares-owner-server"];
        put?: never;
        /** `POST /shares/{owner}/{server}`. */
        post: operations["post-shares-owner-server"];
        /** `DELETE /shares/{owner}/{server}`: with everybody. */
        delete: operations["delete-shares-owner-server"];
        options?: never;
        head?: never;
        /** `PATCH /shares/{owner}/{server}`: takes rights out of a share, or all of it; `{}` once nothing is left. */
        patch: operations["patch-shares-owner-server"];
        trace?: never;
    };
    "/hub/api/shutdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /shutdown`: ends the hub, and unless the body says otherwise its servers before it. */
        post: operations["post-shutdown"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * `GET /hub/api/user`: the caller, with the scopes of this very request written out. Servers decide by it whom they
         *     let in.
         */
        get: operations["get-user"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /users`: a bare list, or with the `Accept` header `application/jupyterhub-pagination+json` a page of it. */
        get: operations["get-users"];
        put?: never;
        /** `POST /users`. */
        post: operations["post-users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /users/{name}`. */
        get: operations["get-users-name"];
        put?: never;
        /** `POST /users/{name}`. */
        post: operations["post-users-name"];
        /**
         * `DELETE /users/{name}`. What the user saved is kept unless the query says `archive` or `erase`. Packing goes on after
         *     ten seconds, with 202 as the answer; the job tells how it ended.
         */
        delete: operations["delete-users-name"];
        options?: never;
        head?: never;
        /** `PATCH /users/{name}`: another name, or admin or not. Tokens, sessions, servers and files stay with the person. */
        patch: operations["patch-users-name"];
        trace?: never;
    };
    "/hub/api/users/{name}/activity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /users/{name}/activity`: what a single-user server reports of itself. */
        post: operations["post-users-name-activity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/admin-access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** `POST /users/{name}/admin-access`: answered as by a JupyterHub that has it off, which is the default there. */
        post: operations["post-users-name-admin-access"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/server": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET …/server`. */
        get: operations["get-users-name-server"];
        /** `PUT …/servers/{server}`: makes a named server, which is not started. */
        put: operations["put-users-name-server"];
        /** `POST …/server`: 201 when it is ready within ten seconds, else 202 while it goes on. */
        post: operations["post-users-name-server"];
        /**
         * `DELETE …/server`: 204 when it is down within ten seconds, else 202. With `{"remove": true}` a named server is
         *     deleted for good; what was saved in it is kept unless the query says `archive` or `erase`.
         */
        delete: operations["delete-users-name-server"];
        options?: never;
        head?: never;
        /** `PATCH …/server`: changes a server that rests. What was saved in it and shared of it stays with it. */
        patch: operations["patch-users-name-server"];
        trace?: never;
    };
    "/hub/api/users/{name}/server/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET …/progress`: JupyterHub's stream of what a start is doing. */
        get: operations["get-users-name-server-progress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/servers/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET …/server`. */
        get: operations["get-users-name-servers-default"];
        /** `PUT …/servers/{server}`: makes a named server, which is not started. */
        put: operations["put-users-name-servers-default"];
        /** `POST …/server`: 201 when it is ready within ten seconds, else 202 while it goes on. */
        post: operations["post-users-name-servers-default"];
        /**
         * `DELETE …/server`: 204 when it is down within ten seconds, else 202. With `{"remove": true}` a named server is
         *     deleted for good; what was saved in it is kept unless the query says `archive` or `erase`.
         */
        delete: operations["delete-users-name-servers-default"];
        options?: never;
        head?: never;
        /** `PATCH …/server`: changes a server that rests. What was saved in it and shared of it stays with it. */
        patch: operations["patch-users-name-servers-default"];
        trace?: never;
    };
    "/hub/api/users/{name}/servers/{server}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET …/server`. */
        get: operations["get-users-name-servers-server"];
        /** `PUT …/servers/{server}`: makes a named server, which is not started. */
        put: operations["put-users-name-servers-server"];
        /** `POST …/server`: 201 when it is ready within ten seconds, else 202 while it goes on. */
        post: operations["post-users-name-servers-server"];
        /**
         * `DELETE …/server`: 204 when it is down within ten seconds, else 202. With `{"remove": true}` a named server is
         *     deleted for good; what was saved in it is kept unless the query says `archive` or `erase`.
         */
        delete: operations["delete-users-name-servers-server"];
        options?: never;
        head?: never;
        /** `PATCH …/server`: changes a server that rests. What was saved in it and shared of it stays with it. */
        patch: operations["patch-users-name-servers-server"];
        trace?: never;
    };
    "/hub/api/users/{name}/servers/{server}/progress": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET …/progress`: JupyterHub's stream of what a start is doing. */
        get: operations["get-users-name-servers-server-progress"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/shared": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /users/{name}/shared`: what a user may use, also through groups. */
        get: operations["get-users-name-shared"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/shared/{owner}/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /users/{name}/shared/{owner}/{server}`. */
        get: operations["get-users-name-shared-owner-default"];
        put?: never;
        post?: never;
        /** `DELETE /users/{name}/shared/{owner}/{server}`: the user leaves it. */
        delete: operations["delete-users-name-shared-owner-default"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/shared/{owner}/{server}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /users/{name}/shared/{owner}/{server}`. */
        get: operations["get-users-name-shared-owner-server"];
        put?: never;
        post?: never;
        /** `DELETE /users/{name}/shared/{owner}/{server}`: the user leaves it. */
        delete: operations["delete-users-name-shared-owner-server"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /users/{name}/tokens`. */
        get: operations["get-users-name-tokens"];
        put?: never;
        /** `POST /users/{name}/tokens`. The token itself is in this answer and nowhere else. */
        post: operations["post-users-name-tokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hub/api/users/{name}/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** `GET /users/{name}/tokens/{id}`. */
        get: operations["get-users-name-tokens-id"];
        put?: never;
        post?: never;
        /** `DELETE /users/{name}/tokens/{id}`. */
        delete: operations["delete-users-name-tokens-id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The body of `POST /users/{name}/activity`. */
        ActivityReport: {
            /** @description The user's. */
            last_activity?: string | null;
            /** @description The servers', by name. */
            servers?: {
                [key: string]: components["schemas"]["ServerActivity"];
            };
        };
        /** @description The rules of all, as they hold. */
        AllRules: {
            /**
             * Format: int64
             * @description Stop after so long of computing without a word.
             */
            busy_silent_seconds: number | null;
            /**
             * Format: int64
             * @description Stop after so long without use; `None` is never.
             */
            idle_seconds: number | null;
            /**
             * Format: int64
             * @description Stop so long after the start.
             */
            max_age_seconds: number | null;
            /** @description Which of these the file sets: they cannot be changed here. */
            pinned: string[];
            /**
             * Format: int64
             * @description Tell people so long before.
             */
            warn_seconds: number;
        };
        /**
         * @description What happens to running servers when Labdeck quits.
         * @enum {string}
         */
        AtQuit: "leave" | "stop";
        /** @description The body of `awake`. */
        AwakeBody: {
            /**
             * Format: int32
             * @description For how many hours from now; `null` lets the rules rule again.
             */
            hours?: number | null;
        };
        /** @description A graphics card and who holds it. */
        CardView: {
            /**
             * Format: double
             * @description How busy it is, 0 to 1.
             */
            busy: number | null;
            /** @description The servers that hold it. */
            holders: components["schemas"]["Holder"][];
            /** @description Its lasting name. */
            id: string;
            /**
             * Format: int32
             * @description Its place in the machine.
             */
            index: number;
            /**
             * Format: int64
             * @description Its memory.
             */
            memory_bytes: number | null;
            /**
             * Format: int64
             * @description Its memory in use, by whomever.
             */
            memory_used_bytes: number | null;
            /** @description What it is called. */
            name: string;
            /**
             * Format: int32
             * @description Degrees Celsius.
             */
            temperature: number | null;
        };
        /** @description The body of a change. */
        ChangeBody: {
            /** @description Another name for people. */
            display_name?: string | null;
            /** @description Another name. */
            name?: string | null;
            /** @description Other options for the next start: an object. */
            user_options?: unknown;
        };
        /** @description The body of a claim. */
        ClaimBody: {
            /** @description The lead's user name. */
            name: string;
        };
        /** @description Who claimed the hub. */
        Claimed: {
            /** @description The user name, in normal form. */
            name: string;
        };
        /** @description How many of what. */
        Counts: {
            /**
             * Format: int64
             * @description Servers that run or are under way.
             */
            running: number;
            /**
             * Format: int64
             * @description Users.
             */
            users: number;
        };
        /** @description A name and a password, for one request. */
        Credentials: {
            /** @description The password. */
            password: string;
            /** @description The name. */
            username: string;
        };
        /** @description What is wrong with a server. */
        Diagnosis: {
            /** @description What happened, with names and values. */
            cause: string;
            /** @description What happened before, newest first. */
            entries: components["schemas"]["ServerEntry"][];
            fix: null | components["schemas"]["FixOffer"];
            /** @description The stable word for programs. */
            kind: string;
            /** @description The server's last lines. */
            log: string[];
            /** @description What to do, in this order. */
            steps: string[];
            /** @description What it is called. */
            title: string;
        };
        /** @description What shall be saved. */
        DownloadWish: {
            /** @enum {string} */
            of: "log";
            /** @description Which; empty for the default one. */
            server: components["schemas"]["ServerName"];
            /** @description Whose server. */
            user: components["schemas"]["UserName"];
        } | {
            /** @description Which home, as the list of homes names it. */
            id: string;
            /** @enum {string} */
            of: "home";
        };
        /** @description How the container engine stands. */
        EngineState: {
            /** @enum {string} */
            state: "running";
            /** @description Its version, as it gives it. */
            version: string;
        } | {
            /** @enum {string} */
            state: "not_installed";
        } | {
            /** @enum {string} */
            state: "not_running";
        } | {
            /** @enum {string} */
            state: "no_permission";
        };
        /** @description The engine with what to do about it. */
        EngineView: components["schemas"]["EngineState"] & {
            /** @description What the lead can do; empty while all is well. */
            remedy: string;
        };
        /** @description How the environment stands. */
        EnvironmentView: {
            /** @description Whether an upgrade would bring other packages. */
            outdated: boolean;
            /** @description What was asked for, with the versions that are there. */
            packages: {
                [key: string]: string;
            };
            /** @description Where it lies. */
            path: string;
            /** @description What is wrong or could be better, in a sentence. */
            problem: string | null;
            /** @description Its Python: `3.11.2`. */
            python: string | null;
            /** @description `absent` (the first start makes it), `ready`, `broken` or `making`. */
            state: string;
        };
        /** @description How every refusal and failure looks. */
        Error: {
            /**
             * Format: int32
             * @description Where a port could not be had: one that could.
             */
            free_port?: number;
            /** @description What the person who asked may read. */
            message: string;
            /**
             * Format: int32
             * @description The HTTP status, again.
             */
            status: number;
        };
        /** @description What happened. Past tense, public state only. */
        Event: {
            /** @description Its new public state. */
            server: components["schemas"]["ServerView"];
            /** @enum {string} */
            type: "server_changed";
            /** @description Whose. */
            user: components["schemas"]["UserName"];
        } | {
            /** @description Its name. */
            name: string;
            /** @enum {string} */
            type: "server_deleted";
            /** @description Whose. */
            user: components["schemas"]["UserName"];
        } | {
            /** @enum {string} */
            type: "user_changed";
            /** @description Who. */
            user: components["schemas"]["UserName"];
        } | {
            /** @enum {string} */
            type: "user_deleted";
            /** @description Who. */
            user: components["schemas"]["UserName"];
        } | {
            /** @description The stack. */
            stack: components["schemas"]["Stack"];
            /** @enum {string} */
            type: "stack_changed";
        } | {
            /** @description Its name. */
            name: string;
            /** @enum {string} */
            type: "stack_deleted";
        } | {
            /** @enum {string} */
            type: "sizes_changed";
        } | {
            /** @enum {string} */
            type: "folders_changed";
        } | {
            /** @enum {string} */
            type: "groups_changed";
        } | {
            /** @enum {string} */
            type: "services_changed";
        } | {
            /** @enum {string} */
            type: "shares_changed";
        } | {
            /** @enum {string} */
            type: "access_requests_changed";
            /** @description Whom they ask. It need not be somebody: who asks learns nothing from it. */
            user: components["schemas"]["UserName"];
        } | {
            /** @description What was written. */
            entry: components["schemas"]["ServerEntry"];
            /** @description Its name. */
            name: string;
            /** @enum {string} */
            type: "server_noted";
            /** @description Whose. */
            user: components["schemas"]["UserName"];
        } | {
            /** @description The job. */
            job: components["schemas"]["Job"];
            /** @enum {string} */
            type: "job_changed";
        } | {
            /** @description How it is now. */
            engine: components["schemas"]["EngineState"];
            /** @enum {string} */
            type: "engine_changed";
        } | {
            /** @enum {string} */
            type: "overview_changed";
        } | {
            /** @description One per running server. */
            samples: components["schemas"]["Sample"][];
            /** @enum {string} */
            type: "sampled";
        } | {
            /** @enum {string} */
            type: "resync";
        };
        /** @description A refusal in the form of RFC 6749. */
        ExchangeRefusal: {
            /** @description One of the words of its section 5.2. */
            error: string;
            /** @description More about it. */
            error_description?: string;
        };
        /** @description The form of an exchange. */
        ExchangeRequest: {
            /** @description The client. */
            client_id?: string;
            /** @description Its secret: for a server its API token. */
            client_secret?: string | null;
            /** @description The code. */
            code?: string | null;
            /** @description The PKCE verifier. */
            code_verifier?: string | null;
            /** @description Must be `authorization_code`. */
            grant_type?: string;
            /** @description The same as at authorize. */
            redirect_uri?: string | null;
        };
        /** @description A token for a client. */
        Exchanged: {
            /** @description The token, shown this once. */
            access_token: string;
            /**
             * Format: int64
             * @description Seconds that it is good for.
             */
            expires_in: number;
            /** @description What it may do. */
            scope: string;
            /** @description `Bearer`. */
            token_type: string;
        };
        /** @description Why a start failed, in words for the person at the page: what happened, the likely cause, what to do. */
        Failure: {
            /** @description A stable word for programs: `image_not_found`, `exited`, `start_timeout`, … */
            kind: string;
            /** @description The last lines that the server wrote. */
            log: string[];
            /** @description What happened, one sentence. */
            message: string;
            /** @description What can be done about it, one sentence; empty where nothing better than trying again is known. */
            remedy: string;
        };
        /** @description What the hub can do about it: `POST …/fix/{id}`. */
        FixOffer: {
            /** @description The word by which it is asked for. */
            id: string;
            /** @description What its button says. */
            label: string;
        };
        /** @description A folder that several servers mount. */
        Folder: {
            /** @description Who gets it. */
            audience: components["schemas"]["FolderAudience"];
            /** @description What people read. */
            display_name: string;
            /** @description Where it is on the hub's computer; `None` is a volume that Labdeck keeps. */
            host_path: string | null;
            /** @description A stable word for programs and forms; also its name below the mount point. */
            name: string;
            /** @description Where servers see it; an absolute path. */
            target: string;
            /** @description Whether servers may write into it. */
            writable: boolean;
        };
        /** @description Who gets a folder. */
        FolderAudience: {
            /** @enum {string} */
            kind: "everybody";
        } | {
            /** @description Their names. */
            groups: string[];
            /** @enum {string} */
            kind: "groups";
        } | {
            /** @enum {string} */
            kind: "users";
            /** @description Their names. */
            users: string[];
        };
        /**
         * @description What Labdeck can do about a folder.
         * @enum {string}
         */
        FolderFix: "ownership";
        /** @description A folder that may be mounted. */
        FolderOption: {
            /** @description What people read. */
            display_name: string;
            /** @description What a start understands. */
            name: string;
            /** @description Where the server sees it. */
            target: string;
            /** @description Whether the server may write into it. */
            writable: boolean;
        };
        /** @description What keeps servers from using a folder. */
        FolderProblem: {
            fix: null | components["schemas"]["FolderFix"];
            /** @description What is wrong. */
            message: string;
            /** @description What helps. Where there is a fix, exactly what that will change. */
            remedy: string;
        };
        /** @description A folder with what is wrong with it. */
        FolderView: components["schemas"]["Folder"] & {
            problem: null | components["schemas"]["FolderProblem"];
        };
        /** @description A folder as it is put into the list. */
        FolderWish: {
            /** @description Who gets it. */
            audience: components["schemas"]["FolderAudience"];
            /** @description What people read. */
            display_name: string;
            /** @description Where it is on this computer; `null` is a volume that Labdeck keeps. */
            host_path?: string | null;
            /** @description Where servers see it. */
            target: string;
            /** @description Whether servers may write into it. */
            writable?: boolean;
        };
        /** @description One graphics card at a moment. */
        GpuSample: {
            /**
             * Format: double
             * @description How busy it is, 0 to 1.
             */
            busy: number | null;
            /** @description Its id, as NVML names it. */
            id: string;
            /**
             * Format: int64
             * @description Its memory in use, by whomever.
             */
            memory_bytes: number | null;
            /**
             * Format: int32
             * @description Degrees Celsius.
             */
            temperature: number | null;
        };
        /** @description What a server was given at its start. */
        Grant: {
            /**
             * @description The graphics cards it holds, by their ids.
             * @default []
             */
            gpus: string[];
            /**
             * @default {
             *       "cpus": 1,
             *       "gpus": 0,
             *       "memory_bytes": 2147483648,
             *       "pids": 512,
             *       "shm_bytes": null
             *     }
             */
            limits: components["schemas"]["ResourceLimits"];
            /**
             * @description The size that was chosen, by its name.
             * @default null
             */
            size: string | null;
            /**
             * @description Limits that cannot be kept where it runs, each a sentence.
             * @default []
             */
            unenforced: string[];
        };
        /** @description A group. Each field but the first two is there only for callers who hold a scope that covers it. */
        Group: {
            /** @description `group`. */
            kind: string;
            /** @description The name. */
            name: string;
            /** @description Free values that people keep with it. */
            properties?: {
                [key: string]: unknown;
            };
            /** @description The names of the roles that its members have through it. */
            roles?: string[];
            /** @description Who is in it. */
            users?: string[];
        };
        GroupName: string;
        /** @description The body of `POST` and `DELETE /groups/{name}/users`. */
        GroupUsers: {
            /** @description Read past: the path says it. */
            name?: string | null;
            /** @description Read past: roles are given by calls of their own. */
            roles?: string[] | null;
            /** @description Whom to add or remove. */
            users?: string[] | null;
        };
        /** @description A server that holds a card. */
        Holder: {
            /** @description Which; empty for the default server. */
            server: string;
            since: null | components["schemas"]["Timestamp"];
            /** @description Whose. */
            user: components["schemas"]["UserName"];
        };
        /**
         * @description What a home is now.
         * @enum {string}
         */
        HomeStatus: "in_use" | "kept" | "archived" | "orphan" | "container";
        /** @description A home. */
        HomeView: {
            /**
             * Format: int64
             * @description How much is in it, where that is known.
             */
            bytes: number | null;
            created: null | components["schemas"]["Timestamp"];
            /** @description Its name there. */
            home: string;
            /** @description What the API's paths name it by. */
            id: string;
            kept_at: null | components["schemas"]["Timestamp"];
            /** @description Where it is: a volume, a folder, a file. Empty while that cannot be known. */
            place: string;
            /** @description Which server's; empty for the default one. */
            server: string | null;
            /** @description Whose driver has it: `docker`, `simple`. */
            spawner: string;
            /** @description What it is now. */
            status: components["schemas"]["HomeStatus"];
            /** @description Whose it is or was, where that is known. */
            user: string | null;
        };
        /** @description What can be changed about the public side. Absent fields stay. */
        HubChange: {
            network?: null | components["schemas"]["Network"];
            /** @description Open or close the public port. */
            on?: boolean | null;
            /**
             * Format: int32
             * @description The public port.
             */
            port?: number | null;
            /** @description That local processes run as the lead was read and accepted. */
            simple_accepted?: boolean | null;
        };
        /** @description One event with its place in the sequence. */
        HubEvent: components["schemas"]["Event"] & {
            /** @description When it was published. */
            at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Its number; numbers grow by one and never repeat within one run of the hub.
             */
            seq: number;
        };
        /** @description Whether the hub serves people. */
        HubState: {
            /** @description Whether an admin exists. Before that nobody but this computer is served. */
            claimed: boolean;
            lead: null | components["schemas"]["UserName"];
            /** @description Whether the public port is open. */
            on: boolean;
            /** @description Since when the hub runs. */
            started: components["schemas"]["Timestamp"];
            /** @description A name for the first user, from the computer's account. */
            suggested_name: string;
        };
        /** @description Who is asking, and what with: a user, or a service as `GET /services/{name}` shows it. */
        Identity: components["schemas"]["User"] & {
            /** @description Everything that this request may do, written out. */
            scopes: string[];
            /** @description The sign-in session that the token, or the request itself, belongs to. */
            session_id: string | null;
            /** @description The token's id. */
            token_id: string | null;
        };
        /** @description An image that may be chosen. */
        ImageOption: {
            /** @description What is run. */
            image: string;
            /** @description What people read, and what a start understands. */
            label: string;
        };
        ImageRef: string;
        /** @description An image that is on this machine. */
        ImageView: {
            /** @description When it was made. */
            created: components["schemas"]["Timestamp"];
            /** @description The version of JupyterHub's single-user server in it, where that is known. */
            hub_version: string | null;
            /** @description Its id. */
            id: string;
            /** @description Why not, or how that is known. */
            reason: string;
            /** @description Its name, or its id where it has none. */
            reference: string;
            /**
             * Format: int64
             * @description Its size on disk.
             */
            size_bytes: number;
            /** @description Whether it can serve notebooks. */
            usable: boolean;
        };
        /** @description How the hub is built. */
        Info: {
            /** @description What signs people in. */
            authenticator: components["schemas"]["Part"];
            /** @description Labdeck's own version. */
            labdeck: string;
            /** @description Empty: there is no Python here. */
            python: string;
            /** @description What runs servers. */
            spawner: components["schemas"]["Part"];
            /** @description Empty likewise. */
            sys_executable: string;
            /** @description The JupyterHub that this hub speaks like. */
            version: string;
        };
        /** @description A link to hand to a person. */
        Invitation: {
            /** @description When it ends. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description `invitation` or `sign_in`. */
            kind: string;
            /** @description Its path alone. */
            path: string;
            /** @description The whole address, if people can reach the hub. */
            url: string;
        };
        /** @description A long piece of work that can be watched and cancelled. */
        Job: {
            /**
             * Format: double
             * @description How far it is, 0 to 1; absent where that cannot be known.
             */
            fraction: number | null;
            /**
             * Format: int64
             * @description Its number in this run of the hub.
             */
            id: number;
            /** @description What it is doing now, in words. */
            message: string;
            /** @description How it stands. */
            state: components["schemas"]["JobState"];
            /** @description What it does, in words: `Fetching quay.io/jupyter/scipy-notebook:latest`. */
            title: string;
        };
        /**
         * @description How a job stands.
         * @enum {string}
         */
        JobState: "running" | "done" | "failed" | "cancelled";
        /** @description What was chosen at the last start. */
        LastChoice: {
            /** @description The folders; `null` is all of them. */
            folders: string[] | null;
            /** @description The image. */
            image: string | null;
            /** @description The size. */
            size: string | null;
            /** @description The stack. */
            stack: string | null;
        };
        /** @description How a server ended. */
        LastExit: {
            /** @description When it was noticed. */
            at: components["schemas"]["Timestamp"];
            /** @description A stable word for programs: `asked`, `idle`, `out_of_memory`, `exited`, `gone`, `engine_restarted`, … */
            kind?: string;
            /** @description The last lines that it wrote, oldest first, where it ended by itself. */
            log?: string[];
            /** @description Why, in a sentence for its user. */
            reason: string;
            /** @description What can be done about it, one sentence; empty where nothing needs to be. */
            remedy?: string;
        };
        /** @description What one place says about the rules. An absent field says nothing; `null` or 0 switches a rule off. */
        Layer: {
            /**
             * Format: int64
             * @description Seconds of computing without a word.
             */
            busy_silent_seconds?: number | null;
            /**
             * Format: int64
             * @description Seconds without use.
             */
            idle_seconds?: number | null;
            /**
             * Format: int64
             * @description Seconds since the start.
             */
            max_age_seconds?: number | null;
            /**
             * Format: int64
             * @description Seconds of warning.
             */
            warn_seconds?: number | null;
        };
        /** @description How many servers there may be, and how long a start may take. */
        LimitsView: {
            /** @description How many may run at once; 0 is no limit. */
            active_servers: number;
            /** @description How many may be starting at once; 0 is no limit. */
            concurrent_starts: number;
            /**
             * Format: int64
             * @description Seconds until a started server must answer.
             */
            http_timeout_seconds: number;
            /**
             * Format: int64
             * @description Seconds until a server must have started.
             */
            start_timeout_seconds: number;
        };
        /** @description One line of a log that is followed. */
        LogLine: {
            /** @description The line. */
            line: string;
        };
        /** @description The computer. */
        Machine: {
            /** @description Processors. */
            cpus: number;
            /**
             * Format: int64
             * @description Memory.
             */
            memory_bytes: number;
            /**
             * Format: int64
             * @description Memory in use, without what only caches files.
             */
            memory_used_bytes: number;
            /** @description Its name. */
            name: string;
        };
        /** @description A token that was made just now. */
        MadeToken: components["schemas"]["Token"] & {
            /** @description The token itself: shown this once. */
            token: string;
        };
        /** @description The body of a message. */
        MessageBody: {
            /** @description What people shall read. */
            text: string;
        };
        /** @description What a reader who missed events is told. */
        Missed: {
            /** @enum {string} */
            type: "resync";
        };
        /** @description Somebody or something, by name alone. */
        Named: {
            /** @description The name. */
            name: string;
        };
        /**
         * @description Who can reach the hub.
         * @enum {string}
         */
        Network: "local" | "lan";
        /** @description The body of `POST /groups/{name}`: the model of a group, of which only its members count. */
        NewGroup: {
            /** @description Read past: the path says it. */
            name?: string | null;
            /** @description Read past: roles are given by calls of their own. */
            roles?: string[] | null;
            /** @description Who is in it. */
            users?: string[];
        };
        /** @description The body of `POST /groups`. */
        NewGroups: {
            /** @description Their names. */
            groups?: string[];
            /** @description Who is in each of them. */
            users?: string[];
        };
        /** @description The body of `POST /services/{name}`. All of it may be left out, but not everything at once. */
        NewService: {
            /** @description Whether it may do everything. */
            admin?: boolean | null;
            /** @description Its token. */
            api_token?: string | null;
            /** @description Refused, unless it is empty: the hub starts services of its configuration only. */
            command?: string[] | null;
            /** @description Kept, and without effect. */
            cwd?: string | null;
            /** @description Whether it stands in the pages' menu. */
            display?: boolean | null;
            /** @description Likewise. */
            environment?: {
                [key: string]: string;
            } | null;
            /** @description Whatever is to be told of it. */
            info?: {
                [key: string]: unknown;
            } | null;
            /** @description What it may ask for beside access to itself. */
            oauth_client_allowed_scopes?: string[] | null;
            /** @description Its OAuth client, `service-NAME` where it is not given. */
            oauth_client_id?: string | null;
            /** @description Whether people are not asked before it learns who they are. */
            oauth_no_confirm?: boolean | null;
            /** @description Where codes are sent to. */
            oauth_redirect_uri?: string | null;
            /** @description Where it listens. */
            url?: string | null;
            /** @description Likewise. */
            user?: string | null;
        };
        /** @description A new share code; the code is shown this once. */
        NewShareCode: components["schemas"]["ShareCode"] & {
            /** @description The page where it is used. */
            accept_url: string;
            /** @description The code. */
            code: string;
            /** @description The same as a whole address, where the hub knows its own. */
            full_accept_url: string | null;
        };
        /** @description The body of a creation. */
        NewToken: {
            auth?: null | components["schemas"]["Credentials"];
            /**
             * Format: int64
             * @description Seconds that it is good for; without them it does not end.
             */
            expires_in?: number | null;
            /** @description What it is for. */
            note?: string | null;
            /**
             * @deprecated
             * @description What it may do, as the scopes of these roles. Name scopes instead.
             */
            roles?: string[] | null;
            /** @description What it may do; without them what its owner may. */
            scopes?: string[] | null;
        };
        /** @description The body of `POST /users/{name}`. */
        NewUser: {
            /** @description Whether the user is an admin. */
            admin?: boolean;
        };
        /** @description The body of `POST /users`. */
        NewUsers: {
            /** @description Whether they are admins. */
            admin?: boolean;
            /** @description Their names. */
            usernames?: string[];
        };
        /** @description Something that happened to a running server and did not end it. */
        Notice: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description A stable word for programs: `out_of_memory`, `message`, … */
            kind: string;
            /** @description What happened and what to do, for its user. */
            message: string;
        };
        /** @description The hub, its machine and what is wrong, at a moment. */
        Overview: {
            /** @description What to tell people to open; empty while the hub is off or unclaimed. */
            addresses: string[];
            /** @description How people sign in: `native` or `dummy`. */
            authenticator: string;
            /** @description How many of what. */
            counts: components["schemas"]["Counts"];
            /** @description Where everything is kept. */
            data_dir: string;
            /** @description Whether a window drives this hub. */
            desktop: boolean;
            /** @description Whether visitors' connections are encrypted. */
            encrypted: boolean;
            /** @description The container engine. */
            engine: components["schemas"]["EngineView"];
            /** @description The hub itself. */
            hub: components["schemas"]["HubState"];
            /** @description Where secrets are kept: `keyring` or `file`. */
            keyring: string;
            /** @description The address on this computer. */
            local_url: string;
            /** @description The computer. */
            machine: components["schemas"]["Machine"];
            /** @description Who can reach it. */
            network: components["schemas"]["Network"];
            /**
             * Format: int32
             * @description The public port.
             */
            port: number;
            /** @description What needs the lead's attention, worst first. */
            problems: components["schemas"]["Problem"][];
            /** @description Whether the lead has accepted that local processes run as the lead. */
            simple_accepted: boolean;
            /** @description What new servers run in: `docker` or `simple`. */
            spawner: string;
            /** @description Why it is that one, in a sentence. */
            spawner_reason: string;
            /** @description Labdeck's version. */
            version: string;
        };
        /** @description Who looks at the panel. */
        Panel: {
            /** @description How people sign in: `native` has passwords of the hub's own. */
            authenticator: string;
            /** @description The path below which the hub lies; begins and ends with a slash. */
            base_url: string;
            /** @description What they may do, written out; a right may be narrowed: `read:users!group=lab`. */
            scopes: string[];
            user: null | components["schemas"]["UserName"];
            /** @description Labdeck's version. */
            version: string;
        };
        /** @description A part of the hub that can be exchanged. */
        Part: {
            /** @description Which one it is. */
            class: string;
            /** @description Its version. */
            version: string;
        };
        /**
         * @description What becomes of homes.
         * @enum {string}
         */
        Parting: "keep" | "archive" | "erase";
        /**
         * @description JupyterHub's `pending`: what a server is in the middle of.
         * @enum {string}
         */
        Pending: "spawn" | "stop" | "check";
        /** @description Something that needs attention: what happened, the likely cause, what to do. */
        Problem: {
            /** @description The likely cause. */
            cause: string;
            /** @description A stable word for programs. */
            id: string;
            /** @description What can be done. */
            remedy: string;
            /** @description What happened. */
            title: string;
        };
        /** @description One event of the stream, in JupyterHub's shape. */
        ProgressEvent: {
            /** @description True in the last event of a start that did not. */
            failed?: boolean;
            /** @description The same with a link, where there is one. Safe to show: everything in it is escaped. */
            html_message?: string;
            /** @description Which step of the start it belongs to; our own addition, for the page that shows the steps. */
            labdeck_step?: components["schemas"]["StartStep"];
            /**
             * Format: int32
             * @description How long a start like this one took lately, in seconds; our own addition, in the first events of a start.
             */
            labdeck_usual_seconds?: number;
            /** @description One line for the server's user. */
            message: string;
            /**
             * Format: int32
             * @description 0 to 100.
             */
            progress: number;
            /** @description True in the last event of a start that went well. */
            ready?: boolean;
            /** @description Where the server is, in the last event of a start that went well. */
            url?: string;
        };
        /** @description The body of a pull. */
        PullBody: {
            /** @description The image: `quay.io/jupyter/scipy-notebook:latest`. */
            reference: string;
        };
        /** @description A server that waits. */
        QueuedServer: {
            /** @description Which; empty for the default server. */
            server: string;
            /** @description Whose. */
            user: components["schemas"]["UserName"];
            /** @description For what, and its place. */
            waiting: components["schemas"]["Waiting"];
        };
        /** @description The body of a quit. */
        QuitBody: {
            /** @description What happens to running servers. */
            servers: components["schemas"]["AtQuit"];
        };
        /** @description What one server may use of the machine. */
        ResourceLimits: {
            /**
             * Format: double
             * @description Processors, as a count that may have a fraction. `None` is no limit.
             */
            cpus: number | null;
            /**
             * Format: int32
             * @description Graphics cards that belong to it alone while it runs.
             */
            gpus?: number;
            /**
             * Format: int64
             * @description Memory in bytes; swap is not added to it. `None` is no limit.
             */
            memory_bytes: number | null;
            /**
             * Format: int32
             * @description Processes and threads. `None` is no limit.
             */
            pids: number | null;
            /**
             * Format: int64
             * @description Shared memory (`/dev/shm`) in bytes. `None` is what the driver gives by itself.
             */
            shm_bytes: number | null;
        };
        /** @description The machine and what is given out of it. */
        Resources: {
            /** @description Processors. */
            cpus: number;
            /** @description Why no graphics card can be used, where one could be. */
            gpu_problem: string | null;
            /** @description The graphics cards. */
            gpus: components["schemas"]["CardView"][];
            /**
             * Format: int64
             * @description The memory limits of all servers that run or are under way, added up.
             */
            granted_bytes: number;
            /** @description How many servers there may be, and how long a start may take. */
            limits: components["schemas"]["LimitsView"];
            /**
             * Format: int64
             * @description Memory.
             */
            memory_bytes: number;
            /**
             * Format: int64
             * @description Memory in use, without what only caches files; zero where that cannot be known.
             */
            memory_used_bytes: number;
            /** @description Whether memory limits may add up to more than there is. */
            overcommit: boolean;
            /** @description What the configuration decides, by its name here: it cannot be changed. */
            pinned: string[];
            /** @description The servers that wait, the next one first. */
            queue: components["schemas"]["QueuedServer"][];
            /**
             * Format: int64
             * @description Memory that servers never get.
             */
            reserve_bytes: number;
            /**
             * Format: int64
             * @description What that would be by itself.
             */
            reserve_default_bytes: number;
            /**
             * @description Why servers together can take more than the memory less the reserve, for the end of a sentence. Absent where the
             *     kernel, or limits that are reservations, keep them below it.
             */
            unkept_together: string | null;
        };
        /** @description What is to be changed. What is absent stays; `null` is the default again. */
        ResourcesChange: {
            /**
             * Format: int32
             * @description How many servers may run at once; 0 is no limit.
             */
            active_servers?: number | null;
            /**
             * Format: int32
             * @description How many servers may be starting at once; 0 is no limit.
             */
            concurrent_starts?: number | null;
            /**
             * Format: int64
             * @description Memory that servers never get.
             */
            reserve_bytes?: number | null;
        };
        /** @description The body of a restart. */
        RestartBody: {
            /** @description What is chosen anew; without it, what was chosen last. */
            user_options?: unknown;
        };
        /** @description To whom a home is given. */
        RestoreWish: {
            /** @description Whether it may take the place of files that the server has. Those are kept then. */
            replace?: boolean;
            /** @description Which; empty for the default one. */
            server?: string;
            /** @description Whose server. */
            user: string;
        };
        /** @description A role. */
        Role: {
            /** @description Those of the holders to whom the configuration file gives it, who keep it. */
            by_file: components["schemas"]["RoleHolders"];
            /** @description What it is for. */
            description: string;
            /** @description Who holds it by name. The roles `user` and `admin` are everybody's and the admins'. */
            holders: components["schemas"]["RoleHolders"];
            /** @description Whether you may give and take it: it is no built-in one and holds nothing that you do not hold. */
            may_give: boolean;
            /** @description Its name. */
            name: string;
            /** @description What it allows. */
            scopes: components["schemas"]["RoleScope"][];
            /** @description Where it comes from. */
            source: components["schemas"]["RoleSource"];
        };
        /** @description Who holds a role. */
        RoleHolders: {
            /** @description Groups, and with them everybody who is in them. */
            groups: components["schemas"]["GroupName"][];
            /** @description Services. */
            services: components["schemas"]["ServiceName"][];
            /** @description People. */
            users: components["schemas"]["UserName"][];
        };
        /** @description One thing that a role allows. */
        RoleScope: {
            /** @description As the configuration writes it: `read:users!group=lab`. */
            scope: string;
            /** @description What it allows, for people. */
            words: string;
        };
        /**
         * @description Where a role comes from.
         * @enum {string}
         */
        RoleSource: "built_in" | "file";
        /** @description A route of the proxy. */
        Route: {
            /** @description Whose it is. */
            data: unknown;
            /** @description Where it begins. */
            routespec: string;
            /** @description Where it leads. */
            target: string;
        };
        /** @description What one running server uses of the machine at a moment. */
        Sample: {
            /**
             * Format: double
             * @description Processors in use, 1.0 being one whole.
             */
            cpus: number;
            /** @description The graphics cards that it holds. */
            gpus: components["schemas"]["GpuSample"][];
            /**
             * Format: int64
             * @description Memory in use without the file cache.
             */
            memory_bytes: number;
            /**
             * Format: int64
             * @description Its memory limit, if it has one.
             */
            memory_limit_bytes: number | null;
            /**
             * Format: double
             * @description Bytes that it receives in a second; absent where that cannot be known.
             */
            received_per_second: number | null;
            /**
             * Format: double
             * @description Bytes that it sends in a second; likewise.
             */
            sent_per_second: number | null;
            /** @description Its name; empty for the default server. */
            server: string;
            /** @description Whose server. */
            user: components["schemas"]["UserName"];
        };
        /** @description One server in an activity report. */
        ServerActivity: {
            /** @description When it was last active. */
            last_activity: string;
        };
        /** @description One line of a server's history. */
        ServerEntry: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Its number; later ones are greater.
             */
            id: number;
            /** @description A stable word: `start_asked`, `ready`, `failed`, `stopped`, `out_of_memory`, `engine_gone`, … */
            kind: string;
            /** @description What happened, a sentence. */
            message: string;
        };
        /** @description The last lines of a server's log, oldest first. */
        ServerLog: {
            /** @description The lines. */
            lines: string[];
        };
        ServerName: string;
        /** @description A server as the REST API shows it: JupyterHub's fields, then ours under `labdeck`. */
        ServerView: {
            /** @description The name people chose for it. */
            display_name: string;
            /** @description `ada/` or `ada/gpu`. */
            full_name: string;
            /** @description The whole address of the progress stream, likewise. */
            full_progress_url: string | null;
            /** @description Its whole address, where one public address is configured. */
            full_url: string | null;
            labdeck_awake_until: null | components["schemas"]["Timestamp"];
            /** @description True while what runs it does not answer: nothing is known of it, and nothing is done to it. */
            labdeck_engine_gone: boolean;
            labdeck_failure: null | components["schemas"]["Failure"];
            labdeck_grant: null | components["schemas"]["Grant"];
            labdeck_last_exit: null | components["schemas"]["LastExit"];
            /** @description Something its user should know while it runs, newest last: a kernel that ran out of memory. */
            labdeck_notices: components["schemas"]["Notice"][];
            labdeck_since: null | components["schemas"]["Timestamp"];
            /** @description Which spawner runs it: `docker`, `simple` or `exec`. */
            labdeck_spawner: string | null;
            /** @description Which stack it runs, or ran last. */
            labdeck_stack: string | null;
            /** @description The word people read: Off, Queued, Fetching, Starting, Ready, Stopping, Failed. */
            labdeck_state: string;
            labdeck_stops: null | components["schemas"]["UpcomingStop"];
            /**
             * Format: int32
             * @description How long a start like this one took lately, in seconds.
             */
            labdeck_usual_seconds: number | null;
            labdeck_waiting: null | components["schemas"]["Waiting"];
            last_activity: null | components["schemas"]["Timestamp"];
            /** @description The server's name; empty for the default server. */
            name: string;
            pending: null | components["schemas"]["Pending"];
            /** @description Where its start can be followed. */
            progress_url: string;
            /** @description Whether it serves. */
            ready: boolean;
            started: null | components["schemas"]["Timestamp"];
            /** @description The spawner's own memory; only for holders of `admin:server_state`. */
            state?: unknown;
            /** @description Whether nothing runs and nothing is under way. */
            stopped: boolean;
            /** @description Its path on the hub's public address. */
            url: string;
            /** @description What its user chose at the start. */
            user_options: unknown;
        };
        /** @description A service; models are put together right by right, and this describes them. Each field but the first three is there only for callers who hold a scope that covers it. */
        Service: {
            /** @description Whether it may do everything. */
            admin: boolean;
            /** @description How the hub starts it; empty where somebody else does. */
            command?: string[];
            /** @description Whether it stands in the pages' menu. */
            display?: boolean;
            /** @description Whatever its configuration tells of it. */
            info?: {
                [key: string]: unknown;
            };
            /** @description `service`. */
            kind: string;
            /** @description The name. */
            name: string;
            /**
             * Format: int32
             * @description Its process while it runs, else 0.
             */
            pid?: number;
            /** @description Its path at the public address; empty without `url`. */
            prefix?: string;
            /** @description The names of its roles. */
            roles?: string[];
            /** @description Where it listens; empty where it does not. */
            url?: string;
        };
        /** @description How a run of a service ended. */
        ServiceExit: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description Its exit code.
             */
            code: number | null;
            /** @description In a sentence. */
            message: string;
            /**
             * Format: int32
             * @description The signal that ended it.
             */
            signal: number | null;
        };
        /** @description The last lines of a service's log, oldest first. */
        ServiceLog: {
            /** @description The lines. */
            lines: string[];
        };
        ServiceName: string;
        /**
         * @description What a service does.
         * @enum {string}
         */
        ServiceState: "external" | "starting" | "running" | "waiting" | "stopped";
        /** @description A service, its process and whether it answers. */
        ServiceView: {
            /** @description Whether it may do everything. */
            admin: boolean;
            /** @description Whether it stands in the pages' menu. */
            display: boolean;
            /** @description Whether the configuration names it; if not, it can be removed. */
            from_config: boolean;
            /** @description Whether it answers; null for one without an address, or that was not asked yet. */
            healthy: boolean | null;
            last_exit: null | components["schemas"]["ServiceExit"];
            /** @description Its name. */
            name: string;
            next_start: null | components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description The number of its process.
             */
            pid: number | null;
            /** @description Its path at the public address, if it has an address. */
            prefix: string | null;
            /**
             * Format: int32
             * @description How often it was started again since the hub started.
             */
            restarts: number;
            since: null | components["schemas"]["Timestamp"];
            /** @description What it does now. */
            state: components["schemas"]["ServiceState"];
            /** @description What was seen in place of an answer. */
            trouble: string | null;
            /** @description Where it listens. */
            url: string | null;
        };
        /** @description A share. */
        Share: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            group: null | components["schemas"]["Named"];
            /** @description `user` or `group`. */
            kind: string;
            /** @description The same in words: `open it and work in it`. */
            labdeck_allows: string[];
            labdeck_expires_at: null | components["schemas"]["Timestamp"];
            /** @description What it allows. */
            scopes: string[];
            server: components["schemas"]["SharedServer"];
            user: null | components["schemas"]["Named"];
        };
        /** @description A share code, without the code. */
        ShareCode: {
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description How often it was used.
             */
            exchange_count: number;
            expires_at: null | components["schemas"]["Timestamp"];
            /** @description Its id: `sc_1`. */
            id: string;
            /** @description The same in words. */
            labdeck_allows: string[];
            last_exchanged_at: null | components["schemas"]["Timestamp"];
            /** @description What the share that it gives allows. */
            scopes: string[];
            server: components["schemas"]["SharedServer"];
        };
        /** @description A page of share codes. */
        ShareCodePage: {
            /** @description `offset`, `limit`, `total` and `next`. */
            _pagination: unknown;
            /** @description The codes. */
            items: components["schemas"]["ShareCode"][];
        };
        /** @description A code to be made. */
        ShareCodeRequest: {
            /**
             * Format: int64
             * @description Seconds that it can be used for: 60 to 31536000.
             */
            expires_in?: number;
            /** @description What the share that it gives allows, as for a share. */
            scopes?: string[] | null;
        };
        /** @description A page of shares. */
        SharePage: {
            /** @description `offset`, `limit`, `total` and `next`. */
            _pagination: unknown;
            /** @description The shares. */
            items: components["schemas"]["Share"][];
        };
        /** @description Whom a share is for, and what it allows: a user or a group, exactly one of them. */
        ShareRequest: {
            /** @description The group. */
            group?: string | null;
            /**
             * Format: int64
             * @description Seconds until it ends by itself, 60 at least; without them it holds until it is taken back.
             */
            labdeck_expires_in?: number | null;
            /**
             * @description What it allows: `access:servers`, `servers`, `read:servers`, `start:servers`, `delete:servers`,
             *     `read:users:activity` and custom scopes. Without any, opening the server.
             */
            scopes?: string[] | null;
            /** @description The user. */
            user?: string | null;
        };
        /** @description As much of a server as those with whom it is shared see. */
        SharedServer: {
            /** @description The same as a whole address, where the hub knows its own. */
            full_url: string | null;
            /** @description Its name; empty for the default server. */
            name: components["schemas"]["ServerName"];
            /** @description Whether it can be used now. */
            ready: boolean;
            /** @description Where it is. */
            url: string;
            /** @description Whose it is. */
            user: {
                /** @description The name. */
                name: string;
            };
        };
        /** @description What is shared. */
        Sharing: {
            /** @description All links that the caller may see, without their codes. */
            codes: components["schemas"]["ShareCode"][];
            me: null | components["schemas"]["UserName"];
            /** @description What is shared with `me`, directly and through groups. */
            received: components["schemas"]["Share"][];
            /** @description All shares that the caller may see, except those that are only with them. */
            shares: components["schemas"]["Share"][];
        };
        /** @description The body of `POST /shutdown`. */
        Shutdown: {
            /** @description Read and passed over: the proxy is a part of the hub and ends with it. */
            proxy?: boolean;
            /** @description Whether the servers are stopped first (so by default), or run on and are found again. */
            servers?: boolean;
        };
        /** @description What `POST /shutdown` answers. */
        ShuttingDown: {
            message: string;
        };
        /** @description What a server of this size may use. */
        Size: {
            /** @description What people read. */
            display_name: string;
            /** @description Groups whose members may choose it; empty is everybody. */
            groups?: string[];
            /** @description Whether it is chosen where nobody chose. With none, the stack's own limits hold. */
            is_default: boolean;
            /** @description What a server of it may use. */
            limits: components["schemas"]["ResourceLimits"];
            /** @description A stable word for programs and forms: `s`, `large`. */
            name: string;
            /** @description Whether people may choose it. */
            offered: boolean;
        };
        /** @description A size that may be chosen. */
        SizeOption: components["schemas"]["Size"] & {
            /** @description Whether it can be had on this computer, at once or after waiting. */
            fits: boolean;
            /** @description What stands in its way: for ever where it does not fit, else at the moment. */
            why_not: string | null;
        };
        /** @description A size as it is offered. */
        SizeWish: {
            /** @description What people read. */
            display_name: string;
            /** @description Groups whose members may choose it; empty is everybody. */
            groups?: string[];
            /** @description Whether it is chosen where nobody chose. */
            is_default?: boolean;
            /** @description What a server of it may use. */
            limits?: components["schemas"]["ResourceLimits"];
            /** @description Whether people may choose it. */
            offered: boolean;
        };
        /** @description What a user picks at the start of a server. */
        Stack: {
            /** @description One line of what it is for. */
            description: string;
            /** @description What people read. */
            display_name: string;
            /** @description The image it runs. */
            image: components["schemas"]["ImageRef"];
            /** @description Whether it is chosen where nobody chose. Exactly one offered stack is. */
            is_default: boolean;
            /** @description What a server of it may use. */
            limits: components["schemas"]["ResourceLimits"];
            /** @description A stable word for programs and forms. */
            name: string;
            /** @description Whether people may choose it. */
            offered: boolean;
        };
        /** @description A stack as it is put into the catalogue. */
        StackWish: {
            /** @description One line of what it is for. */
            description?: string;
            /** @description What people read. */
            display_name: string;
            /** @description The image it runs. */
            image: components["schemas"]["ImageRef"];
            /** @description Whether it is chosen where nobody chose. */
            is_default?: boolean;
            /** @description What a server of it may use. */
            limits?: components["schemas"]["ResourceLimits"];
            /** @description Whether people may choose it. */
            offered: boolean;
        };
        /** @description The body of a start, as new clients send it; from others the whole body is the options ([`wish_of`]). */
        StartBody: {
            /** @description The name that people shall read. */
            display_name?: string | null;
            /** @description Whether to wait in the queue where there is no room now; else such a start is refused with 429. */
            labdeck_queue?: boolean | null;
            /** @description What the user chose: `{"stack": "…"}`. */
            user_options?: unknown;
        };
        /** @description What a start offers. */
        StartOffer: {
            /** @description Folders beside the home. */
            folders: components["schemas"]["FolderOption"][];
            /** @description Images that may be chosen in place of the stack's own. */
            images: components["schemas"]["ImageOption"][];
            /** @description What was chosen last. */
            last: components["schemas"]["LastChoice"];
            /** @description How large it may be; empty where no sizes are offered. */
            sizes: components["schemas"]["SizeOption"][];
            /** @description What may run; empty where servers are local processes. */
            stacks: components["schemas"]["Stack"][];
            /** @description How many seconds a start took lately, by stack. */
            usual_seconds: {
                [key: string]: number;
            };
        };
        /**
         * @description How far a start has got.
         * @enum {string}
         */
        StartStep: "queued" | "pulling" | "creating" | "booting";
        /** @description The body of a stop. */
        StopBody: {
            /** @description Whether a named server is deleted for good. */
            remove?: boolean;
        };
        /** @description One `data:` of the event stream. */
        StreamEvent: components["schemas"]["HubEvent"] | components["schemas"]["Missed"];
        /** @description A ticket. */
        Ticket: {
            /** @description When it ends. */
            expires_at: components["schemas"]["Timestamp"];
            /** @description The address that opens the page, once. */
            url: string;
        };
        /** @description The body of a ticket. */
        TicketBody: {
            /** @description Whether the desktop shall open it. */
            open?: boolean;
            /** @description The page to open: a server's, or the home page. */
            path: string;
        };
        /** Format: date-time */
        Timestamp: string;
        /** @description A token as it is shown: everything but the token itself. */
        Token: {
            /** @description When it was made. */
            created: components["schemas"]["Timestamp"];
            expires_at: null | components["schemas"]["Timestamp"];
            /** @description Its id: `a12`. */
            id: string;
            /** @description `api_token`. */
            kind: string;
            /** @description What it was given in words, one sentence for each right. */
            labdeck_allows: string[];
            last_activity: null | components["schemas"]["Timestamp"];
            /** @description What it is for. */
            note: string;
            /** @description Through what it was made. */
            oauth_client: string;
            /** @description Always empty: tokens have scopes. */
            roles: string[];
            /** @description What it may do. */
            scopes: string[];
            /** @description The sign-in session that it ends with. */
            session_id: string | null;
            /** @description Whose. */
            user: components["schemas"]["UserName"];
        };
        /** @description The tokens of a user. */
        TokenList: {
            api_tokens: components["schemas"]["Token"][];
        };
        /** @description To how many servers a message went. */
        Told: {
            /** @description How many. */
            servers: number;
        };
        /** @description A stop that the hub will do by itself. */
        UpcomingStop: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description The same in a sentence for its user. */
            message: string;
            /** @description Which rule: `idle`, `busy_but_silent`, `max_age`. */
            rule: string;
        };
        /** @description What a server used in one stretch. */
        UsagePoint: {
            /**
             * Format: date-time
             * @description When the stretch began.
             */
            at: string;
            /**
             * Format: double
             * @description Processors in use, on the average.
             */
            cpus: number;
            /** @description The graphics cards that it held: busy on the average, with the most memory in use. */
            gpus: components["schemas"]["GpuSample"][];
            /**
             * Format: int64
             * @description The most memory in use: the peak is what ends a server.
             */
            memory_bytes: number;
            /**
             * Format: double
             * @description Bytes that it received in a second, on the average; absent where that cannot be known.
             */
            received_per_second: number | null;
            /**
             * Format: double
             * @description Bytes that it sent in a second; likewise.
             */
            sent_per_second: number | null;
        };
        /** @description One server's last day. */
        UsageView: {
            /**
             * Format: int64
             * @description How many seconds one point stands for.
             */
            point_seconds: number;
            /** @description What is known, oldest first. Where it did not run there is no point. */
            points: components["schemas"]["UsagePoint"][];
            /**
             * Format: int64
             * @description How many seconds the whole view spans, up to now.
             */
            span_seconds: number;
        };
        /** @description A user. Each field but the first two is there only for callers who hold a scope that covers it. */
        User: {
            /** @description Whether the user is an admin. */
            admin?: boolean;
            /** @description What the sign-in provider keeps; always null so far. */
            auth_state?: unknown;
            created?: null | components["schemas"]["Timestamp"];
            /** @description The names of the groups that the user is in. */
            groups?: string[];
            /** @description `user`. */
            kind: string;
            /**
             * @description In the answer to a creation, for those who manage all servers: what earlier people of the name left. `POST
             *     /hub/api/labdeck/homes/{id}/restore` gives it to the new one; nothing does so by itself.
             */
            labdeck_kept_homes?: components["schemas"]["HomeView"][];
            last_activity?: null | components["schemas"]["Timestamp"];
            /** @description The name. */
            name: string;
            pending?: null | components["schemas"]["Pending"];
            /** @description The names of the roles that the user has. */
            roles?: string[];
            /** @description The path of the default server while it is ready. */
            server?: string | null;
            /** @description The servers by name, the default server's being empty. Stopped ones where the call asks for them. */
            servers?: {
                [key: string]: components["schemas"]["ServerView"];
            };
            /** @description What the sign-in provider told about the person. */
            user_info?: unknown;
        };
        /** @description The body of `PATCH /users/{name}`. */
        UserChange: {
            /** @description Whether the user is an admin. */
            admin?: boolean | null;
            /** @description Refused: this version keeps none. */
            auth_state?: unknown;
            /** @description Refused: groups are changed by `/groups/{name}/users`. */
            groups?: string[] | null;
            /** @description Another name. */
            name?: string | null;
            /** @description Refused: roles are changed by `/labdeck/roles`. */
            roles?: string[] | null;
        };
        UserName: string;
        /** @description A server with its user. */
        UserServer: {
            /** @description The server. */
            server: components["schemas"]["ServerView"];
            /** @description Whose. */
            user: string;
        };
        /** @description What the hub is compatible with. */
        Version: {
            /** @description The JupyterHub that this hub speaks like. */
            version: string;
        };
        /** @description Somebody opened somebody else's server. */
        Visit: {
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description Which server. */
            server: string;
            /** @description Whose server it was. */
            user: string;
            /** @description Who came. */
            visitor: string;
        };
        /** @description What a queued server waits for. */
        Waiting: {
            /** @description For what. */
            kind: components["schemas"]["WaitingFor"];
            /** @description The same in a sentence for its user. */
            message: string;
            /**
             * Format: int32
             * @description Its place in the queue; 1 is next.
             */
            position: number;
        };
        /**
         * @description For what a queued server waits.
         * @enum {string}
         */
        WaitingFor: "turn" | "memory" | "gpu";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "get-version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-authorizations-cookie-cookie_name-cookie_value": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                cookie_name: string;
                cookie_value: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-authorizations-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-authorizations-token-token": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-groups": {
        parameters: {
            query?: {
                /** @description How many to leave out. */
                offset?: number;
                /** @description How many to show, 200 at the most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"][];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewGroups"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"][];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-groups-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-groups-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["NewGroup"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-groups-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-groups-name-properties": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-groups-name-shared": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-groups-name-shared-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-groups-name-shared-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-groups-name-shared-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-groups-name-shared-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-groups-name-users": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupUsers"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-groups-name-users": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupUsers"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Info"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-claim": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClaimBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Claimed"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-downloads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DownloadWish"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-downloads-id-show": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-environment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EnvironmentView"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-environment-repair": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-environment-upgrade": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-events": {
        parameters: {
            query?: {
                since?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["StreamEvent"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-folders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FolderView"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-labdeck-folders-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FolderWish"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FolderView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-folders-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-folders-name-fix": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-homes": {
        parameters: {
            query?: {
                /** @description `true` says how much is in each, which takes seconds. */
                measure?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HomeView"][];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-homes-id": {
        parameters: {
            query?: {
                /** @description The home's name, as a sign that it is meant. */
                confirm?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-homes-id-archive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": unknown;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-homes-id-archive": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-homes-id-restore": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreWish"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-labdeck-hub": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HubChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-idle-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllRules"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-labdeck-idle-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Layer"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllRules"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-images": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImageView"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-jobs-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Told"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-panel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Panel"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-pulls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PullBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-quit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuitBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resources"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-labdeck-resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResourcesChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resources"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-roles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Role"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-labdeck-roles-role-groups-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-roles-role-groups-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-labdeck-roles-role-users-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-roles-role-users-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                role: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoleScope"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-servers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserServer"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-servers-name-server-awake": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AwakeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-servers-name-server-diagnosis": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diagnosis"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-servers-name-server-events": {
        parameters: {
            query?: {
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerEntry"][];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-servers-name-server-fix-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null | components["schemas"]["Job"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-servers-name-server-log": {
        parameters: {
            query?: {
                lines?: number;
            };
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerLog"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-servers-name-server-log-download": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-servers-name-server-log-follow": {
        parameters: {
            query?: {
                lines?: number;
            };
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LogLine"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-servers-name-server-message": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageBody"];
            };
        };
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-servers-name-server-restart": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["RestartBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-servers-name-server-usage": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceView"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-services-name-log": {
        parameters: {
            query?: {
                lines?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceLog"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-services-name-restart": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sharing"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-sizes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Size"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-labdeck-sizes-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SizeWish"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Size"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-sizes-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-stacks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stack"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-labdeck-stacks-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StackWish"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stack"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-stacks-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticket"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-users-name-idle-rule": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Layer"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-labdeck-users-name-idle-rule": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Layer"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Layer"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-labdeck-users-name-idle-rule": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-labdeck-users-name-invitation": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-users-name-start-options": {
        parameters: {
            query?: {
                server?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartOffer"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-labdeck-visits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Visit"][];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-oauth2-token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": components["schemas"]["ExchangeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exchanged"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExchangeRefusal"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExchangeRefusal"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-proxy": {
        parameters: {
            query?: {
                /** @description How many to leave out. */
                offset?: number;
                /** @description How many to show, 200 at the most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["Route"];
                    };
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-proxy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-proxy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["Service"];
                    };
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-services-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Service"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-services-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewService"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Service"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-services-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-share-codes-owner": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShareCodePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-share-codes-owner-default": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShareCodePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-share-codes-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["ShareCodeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewShareCode"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-share-codes-owner-default": {
        parameters: {
            query?: {
                /** @description The code itself. */
                code?: string;
                /** @description Its id: `sc_1`. */
                id?: string;
            };
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-share-codes-owner-server": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShareCodePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-share-codes-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["ShareCodeRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewShareCode"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-share-codes-owner-server": {
        parameters: {
            query?: {
                /** @description The code itself. */
                code?: string;
                /** @description Its id: `sc_1`. */
                id?: string;
            };
            header?: never;
            path: {
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-shares-owner": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-shares-owner-default": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-shares-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-shares-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-shares-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null | components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-shares-owner-server": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-shares-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-shares-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-shares-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null | components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-shutdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["Shutdown"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShuttingDown"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users": {
        parameters: {
            query?: {
                /** @description `active`, `ready` or `inactive`. */
                state?: string;
                /** @description A part of the name. */
                name_filter?: string;
                /** @description `id`, `name` or `last_activity`, with a `-` before it for the other way round. */
                sort?: string;
                /** @description Anything but `0` and `false` shows stopped servers too. */
                include_stopped_servers?: string;
                /** @description How many to leave out. */
                offset?: number;
                /** @description How many to show, 200 at the most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"][];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUsers"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"][];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name": {
        parameters: {
            query?: {
                include_stopped_servers?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["NewUser"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-users-name": {
        parameters: {
            query?: {
                /** @description `keep`, `archive` or `erase`. */
                labdeck_homes?: components["schemas"]["Parting"];
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-users-name": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users-name-activity": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ActivityReport"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users-name-admin-access": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-users-name-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StartBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users-name-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StartBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-users-name-server": {
        parameters: {
            query?: {
                /** @description `keep`, `archive` or `erase`. */
                labdeck_homes?: components["schemas"]["Parting"];
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StopBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-users-name-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-server-progress": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ProgressEvent"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-servers-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-users-name-servers-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StartBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users-name-servers-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StartBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-users-name-servers-default": {
        parameters: {
            query?: {
                /** @description `keep`, `archive` or `erase`. */
                labdeck_homes?: components["schemas"]["Parting"];
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StopBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-users-name-servers-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-servers-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "put-users-name-servers-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StartBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users-name-servers-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StartBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-users-name-servers-server": {
        parameters: {
            query?: {
                /** @description `keep`, `archive` or `erase`. */
                labdeck_homes?: components["schemas"]["Parting"];
            };
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["StopBody"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "patch-users-name-servers-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeBody"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-servers-server-progress": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ProgressEvent"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-shared": {
        parameters: {
            query?: {
                offset?: number;
                limit?: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharePage"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-shared-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-users-name-shared-owner-default": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-shared-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Share"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-users-name-shared-owner-server": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                owner: string;
                server: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenList"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "post-users-name-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": null | components["schemas"]["NewToken"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeToken"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "get-users-name-tokens-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Token"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    "delete-users-name-tokens-id": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description Refused or failed. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
}
