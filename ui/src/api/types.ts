// Short names for what `schema.ts` describes; that file is made from the hub's own OpenAPI document.
import type { components } from './schema';

type Schemas = components['schemas'];

export type Diagnosis = Schemas['Diagnosis'];
export type DownloadWish = Schemas['DownloadWish'];
export type Environment = Schemas['EnvironmentView'];
export type Event = Schemas['Event'];
export type Folder = Schemas['Folder'];
export type FolderAudience = Schemas['FolderAudience'];
export type FolderView = Schemas['FolderView'];
export type Group = Schemas['Group'];
export type Home = Schemas['HomeView'];
export type HubChange = Schemas['HubChange'];
export type HubEvent = Schemas['StreamEvent'];
export type IdleRule = Schemas['Layer'];
export type IdleRules = Schemas['AllRules'];
export type Image = Schemas['ImageView'];
export type Invitation = Schemas['Invitation'];
export type Job = Schemas['Job'];
export type Network = Schemas['Network'];
export type Overview = Schemas['Overview'];
export type OwnedServer = Schemas['UserServer'];
export type MadeToken = Schemas['MadeToken'];
export type NewShareCode = Schemas['NewShareCode'];
export type Panel = Schemas['Panel'];
export type Problem = Schemas['Problem'];
export type Refusal = Schemas['Error'];
export type Grant = Schemas['Grant'];
export type LastExit = Schemas['LastExit'];
export type Gpu = Schemas['CardView'];
export type ResourceLimits = Schemas['ResourceLimits'];
export type Resources = Schemas['Resources'];
export type ResourcesChange = Schemas['ResourcesChange'];
export type Right = Schemas['RoleScope'];
export type Role = Schemas['Role'];
export type Sample = Schemas['Sample'];
export type ServerEntry = Schemas['ServerEntry'];
export type ServerView = Schemas['ServerView'];
export type SizeChoice = Size & Pick<Schemas['SizeOption'], 'fits' | 'why_not'>;
export type Service = Schemas['ServiceView'];
export type ServiceWish = Schemas['NewService'];
export type Share = Schemas['Share'];
export type ShareCode = Schemas['ShareCode'];
export type Sharing = Schemas['Sharing'];
export type Stack = Schemas['Stack'];
export type StartOptions = Omit<Schemas['StartOffer'], 'sizes'> & { sizes: SizeChoice[] };
export type Ticket = Schemas['Ticket'];
export type Token = Schemas['Token'];
export type UsagePoint = Schemas['UsagePoint'];
export type UsageView = Schemas['UsageView'];

/** A size as the hub answers it: with its groups, which a document of a wish may leave out. */
export type Size = Required<Schemas['Size']>;

/** A user as far as the screens read it. The window holds every right; in a browser what is kept from its reader is empty. */
export type User = Required<Pick<Schemas['User'], 'name' | 'admin' | 'groups' | 'created' | 'last_activity' | 'servers'>> & Pick<Schemas['User'], 'labdeck_kept_homes' | 'roles'>;
